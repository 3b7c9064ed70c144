//! French.

use crate::language::{Cue, Ending, Numbers, Pair, Questions, Roles, Table, rule};

pub(super) static TABLE: Table = Table {
    tag: "fr",
    endings: &[
        (
            Ending::Never,
            "article",
            "le, les, un, une, des, du, au, aux, l', d', chaque, quelques, plusieurs, cette, cet, ces, \
             à l', de l', à la, de la, dans le, dans la, dans les, sur le, sur la, pour le, pour la, \
             avec le, avec la",
        ),
        (
            Ending::Never,
            "possessive",
            "mon, ma, mes, ton, ta, tes, son, sa, ses, notre, nos, votre, vos, leur, leurs",
        ),
        (
            Ending::Never,
            "conjunction",
            "et, ou, mais, donc je, or, ni, car, que, qu', parce que, parce qu', puisque, lorsque, \
             lorsqu', quand je, si je, afin de, afin que, pour que, bien que, alors que, tandis que, \
             pendant que, depuis que, dès que, avant que, après que, tant que, ainsi que, et puis, \
             et après, et que, et si, et aussi, ou bien, ou alors, mais aussi, soit, sinon je, comme si, \
             même si, c'est à dire que, est ce que, est ce qu', de peur que, à condition que, \
             étant donné que, vu que, sauf que, sauf, hormis, selon",
        ),
        (
            Ending::Never,
            rule::PREPOSITION,
            "à, de, en, dans, pour, par, chez, vers, entre, sous, sans, parmi, durant, à cause de, \
             à propos de, au sujet de, au lieu de, en face de, à partir de, à côté de, près de, loin de, \
             afin d', avant de, plus de, moins de, beaucoup de, peu de, trop de, assez de, autant de, \
             tellement de, jusqu'à, jusqu', jusqu'au, quant à, grâce à, face à, suite à, en train de, \
             le numéro de, autour de, au delà de",
        ),
        (Ending::Seldom, rule::PREPOSITION, "avec, sur, contre, depuis, pendant, dès, comme"),
        (
            Ending::Never,
            "open clause",
            "je voudrais, j'aimerais, je souhaiterais, je souhaite, je veux, je voulais, nous voudrions, \
             on voudrait, j'ai besoin de, j'ai besoin d', j'aurais besoin de, je vous appelle, \
             je vous appelle pour, j'appelle pour, j'appelle parce que, je vous appelle car, je cherche, \
             je cherche à, j'essaie de, j'arrive pas à, je n'arrive pas à, je dois, je devais, on doit, \
             il faut, il faudrait, il faut que, il faut que je, je vais, on va, nous allons, \
             je viens de, j'allais, je pense que, je crois que, je trouve que, j'espère que, \
             je sais que, on m'a dit que, vous m'avez dit que, le problème c'est que, \
             le problème est que, le problème c'est, le souci c'est que, le souci c'est, \
             la raison c'est, ce qui se passe, ce que je veux, ce que je voudrais, ce qu'il me faut, \
             pouvez vous, pourriez vous, pouvez vous me, pourriez vous me, vous pouvez, vous pourriez, \
             vous pouvez me, vous pourriez me, est ce que vous, est ce que je, est ce que c'est, \
             est ce qu'il, est ce qu'on, est ce que vous avez, est ce que vous pouvez, \
             est ce que je peux, est ce que je pourrais, avez vous, auriez vous, puis je, savoir si, \
             je voulais savoir, je voudrais savoir, je voulais savoir si, demander si, dites moi si, \
             pouvez vous me dire, vous pouvez me dire, je m'appelle, mon nom est, mon nom c'est, \
             mon prénom est, mon prénom c'est, mon numéro est, mon numéro c'est, mon numéro c'est le, \
             mon adresse est, mon adresse c'est, mon adresse mail est, mon mail c'est, j'habite, \
             j'habite au, j'habite à, j'habite en, c'est le, c'est la, c'est un, c'est une, c'est pour, \
             c'est au sujet de, il y a, y a, il y avait, il y aurait, y aurait il, ça fait, \
             quelque chose de, quelque chose de plus, plus que, moins que, mieux que, aussi bien que, \
             un peu plus, un peu de, une sorte de, un genre de, une espèce de, j'habite rue, habite rue, \
             habite avenue, au numéro, c'est monsieur, c'est madame, suis monsieur, suis madame, \
             avec monsieur, avec madame, le docteur, de monsieur, de madame, très, environ, à peu près, \
             surtout, notamment, parce qu'il, parce qu'elle, parce qu'on, parce que je, parce que j'ai, \
             parce que c'est, mais je, mais il, mais c'est, et je, et il, et elle, et on, et c'est, \
             que je, que vous, qu'il, qu'elle, qu'on, qu'ils, si vous, si on, si c'est, s'il, s'ils, \
             si jamais, quand vous, quand il, quand on, quand j'ai, dont, dont je",
        ),
        (
            Ending::Never,
            "clitic",
            "je, j', n', m', t', s', c', il, ils, ne, se, me, te, je me, je ne, je vous, je n'ai, on s', \
             on se, ça ne, il ne, ce, on",
        ),
        (
            Ending::Seldom,
            rule::AUXILIARY,
            "ai, a, as, avons, avez, ont, est, suis, sommes, êtes, sont, était, étaient, étais, avait, \
             avais, avaient, j'ai, j'avais, j'étais, je suis, j'aurai, c'est, c'était, ce serait, \
             ça serait, ce sera, sera, serait, va, vais, vont, peux, peut, pouvez, peuvent, pourrais, \
             dois, doit, devez, voudrait, faut, on a, nous avons, nous sommes, vous avez, vous êtes, \
             il est, elle est, il a, elle a, n'est, n'a, n'ai, n'avons, d'être, être, avoir, \
             je pourrais, j'aurais",
        ),
        (
            Ending::Seldom,
            "open question",
            "quand, où, comment, qui, quel, quelle, quels, quelles, à quel, à quelle, de quel, \
             de quelle, si, combien de, pourquoi est ce que, quand est ce que, comment est ce que, \
             où est ce que",
        ),
        (
            Ending::Seldom,
            rule::VERB,
            "faire, prendre, changer, parler, savoir, demander, obtenir, mettre, donner, réserver, \
             envoyer, trouver, modifier",
        ),
        (Ending::Seldom, "subject", "nous, elle, elles"),
        (
            Ending::Fine,
            "whole all the same",
            "voilà ce que c'est, comme c'est, qui est ce, c'est qui, c'est où, c'est quand, \
             c'est comment, c'est à qui, avec qui, pour qui, de qui, à qui, je ne sais pas qui, \
             je ne sais pas quand, je ne sais pas où, je ne sais pas comment, sais pas où, \
             sais pas quand, sais pas comment, sais pas qui, n'importe quand, n'importe où, \
             n'importe qui, n'importe comment, n'importe lequel, depuis quand, jusqu'à quand, d'où, \
             par où, je vous en prie, pour nous, chez nous, avec nous, à nous, chez elle, avec elle, \
             pour elle, d'elle, à elle, c'est elle, c'est nous, pour vous, chez vous, avec vous, à vous, \
             rendez vous, le rendez vous, un rendez vous, mon rendez vous, prendre rendez vous, \
             j'y vais, je m'en vais, on y va, ça va, comment ça va, comment va, il le faut, \
             s'il le faut, je peux, oui je peux, si je peux, si vous pouvez, dès que vous pouvez, \
             quand vous pouvez, quand vous voulez, si vous voulez, comme vous voulez, où je suis, \
             où c'est, qui je suis, où il est, où elle est, ce que c'est, qu'est ce que c'est, \
             quoi que ce soit, ou après, juste après, d'après, la semaine d'après, \
             il faut ce qu'il faut, vas y, allez y, tout à l'heure, et avec ça, et avec, ensemble, \
             moi si, mais si, si si, lui et elle, rien faire, ça faire, laisser faire, quoi faire, \
             comment faire, que faire, je l'ai, oui je l'ai, voilà, me voilà, là dessus, ci dessus, \
             fait avec",
        ),
        (
            Ending::Begun,
            "begun",
            "point, tiret du bas, underscore, arobase, double, triple, deux fois, comme dans, accent, \
             tiret bas",
        ),
        (
            Ending::Filler,
            "filler",
            "euh, heu, euuh, euhm, hum, hm, hmm, mm, mmm, ah, bah euh, ben euh, enfin euh, disons",
        ),
        (
            Ending::Hold,
            "asks for time",
            "attendez, attends, attendez voir, attends voir, attendez un instant, attendez une seconde, \
             attendez deux secondes, attendez une minute, un instant, un petit instant, un moment, \
             un petit moment, une seconde, une petite seconde, deux secondes, une minute, deux minutes, \
             voyons, voyons voir, je réfléchis, laissez moi réfléchir, laissez moi voir, \
             laissez moi regarder, laissez moi vérifier, je regarde, je vérifie, je vais regarder, \
             je vais vérifier, je le cherche, je la cherche, comment dire, comment ça s'appelle, \
             comment on dit, comment je pourrais dire, ne quittez pas, donnez moi une seconde, \
             donnez moi un instant, donnez moi une minute, vous savez, tu sais, quoi d'autre, \
             que je réfléchisse, je vous dis ça, je vous le donne, patientez",
        ),
        (
            Ending::Closes,
            "closer",
            "s'il vous plaît, s'il vous plait, s'il te plaît, s'il te plait, svp, merci, merci beaucoup, \
             merci bien, merci d'avance, je vous remercie, c'est tout, ce sera tout, ça sera tout, \
             voilà tout, rien d'autre, rien de plus, au revoir, bonne journée, bonne soirée, à bientôt, \
             à demain, à plus tard, à tout à l'heure, si possible, si c'est possible, si ça vous va, \
             si ça ne vous dérange pas, dès que possible, le plus vite possible, le plus tôt possible, \
             et vous, et vous même, combien ça coûte, ça coûte combien, c'est combien, combien c'est, \
             combien ça fait, ça fait combien, c'est quoi, c'est ça",
        ),
        (
            Ending::Closes,
            "tag question",
            "n'est ce pas, hein, c'est bien ça, c'est correct, d'accord, c'est possible, c'est bon, non",
        ),
    ],
    roles: &[
        (
            Roles::YES,
            "oui, ouais, ouaip, oui oui, si, mais oui, ben oui, bah oui, oui bien sûr, bien sûr, \
             bien entendu, évidemment, absolument, tout à fait, exactement, exact, c'est exact, \
             c'est ça, voilà, c'est correct, correct, c'est bien ça, c'est bon, c'est parfait, parfait, \
             très bien, bien, bon, d'accord, ok, okay, entendu, ça marche, ça roule, ça va, ça me va, \
             ça me convient, ça me convient très bien, pas de problème, sans problème, pas de souci, \
             volontiers, avec plaisir, certainement, sûrement, effectivement, en effet, je crois, \
             je pense, je crois que oui, je pense que oui, j'espère, probablement, sans doute, \
             pourquoi pas, allez y, vas y, je veux bien, c'est moi, c'est moi même, moi même, \
             c'est vrai, vrai, mm hm, mhm, génial, super, nickel, impeccable, excellent, je comprends, \
             compris, j'ai compris, je vois, c'est noté, affirmatif",
        ),
        (
            Roles::NO,
            "non, nan, non non, ben non, bah non, mais non, pas du tout, absolument pas, pas vraiment, \
             pas encore, pas maintenant, pas aujourd'hui, pas tout à fait, pas exactement, \
             pas forcément, pas spécialement, pas particulièrement, bien sûr que non, je crois pas, \
             je ne crois pas, je pense pas, je ne pense pas, je crois que non, surtout pas, jamais, \
             non merci, ce n'est pas ça, c'est pas ça, c'est faux, faux, c'est incorrect, \
             c'est pas correct, ce n'est pas correct, négatif, rien, rien d'autre, rien de plus, aucun, \
             aucune, ni l'un ni l'autre, moi non plus, non plus, c'est tout, ce sera tout, ça sera tout, \
             ça ira, ça va aller, c'est bon, pas intéressé, pas intéressée, ça ne m'intéresse pas, \
             ça m'intéresse pas, malheureusement non, malheureusement pas, hélas non, toujours pas",
        ),
        (
            Roles::ECHO,
            "je le suis, je l'ai, je les ai, j'en ai, j'en ai un, j'en ai une, je n'en ai pas, \
             j'en ai pas, je ne l'ai pas, je l'ai pas, je peux, je ne peux pas, je peux pas, je veux, \
             je ne veux pas, je veux pas, je l'ai fait, je ne l'ai pas fait, ça l'est, c'est le cas, \
             ce n'est pas le cas, j'y suis, j'y étais, il y en a, il n'y en a pas, je le sais, c'est ça",
        ),
        (
            Roles::SHORT,
            "merci, merci beaucoup, merci bien, au revoir, bonne journée, bonne soirée, à bientôt, \
             à demain, à plus tard, salut, vous aussi, vous de même, vous pareillement, de même, \
             pareillement, de rien, je vous en prie, je ne sais pas, je sais pas, j'en sais rien, \
             je n'en sais rien, aucune idée, je n'ai aucune idée, je ne suis pas sûr, \
             je ne suis pas sûre, je suis pas sûr, je suis pas sûre, pas sûr, je ne me souviens pas, \
             je me souviens plus, je ne me souviens plus, peut être, ça dépend, peu importe, n'importe, \
             n'importe lequel, n'importe laquelle, ça m'est égal, les deux, l'un ou l'autre, \
             tous les deux, stop, arrêtez, arrête, annuler, annulez, aide, à l'aide, répétez, répéter, \
             vous pouvez répéter, pouvez vous répéter, pourriez vous répéter, pardon, hein, excusez moi, \
             qu'est ce que vous avez dit, laissez tomber, laisse tomber, tant pis, oubliez, \
             un conseiller, conseiller, un agent, un humain, une vraie personne, quelqu'un, encore, \
             encore une fois, suivant, continuez, continuer, qui est ce, qui êtes vous, c'est qui, \
             qui est à l'appareil, vous êtes là, vous m'entendez, allô vous m'entendez, je suis là, \
             je suis toujours là, vous êtes un robot, c'est un robot, c'est une erreur, \
             vous vous êtes trompé, moi aussi, juste un, juste une, juste ça, seulement ça, aujourd'hui, \
             demain, hier, maintenant, tout de suite, plus tard, bien merci, très bien merci, \
             ça va merci, ça va bien merci",
        ),
        (
            Roles::TAIL,
            "s'il vous plaît, s'il vous plait, s'il te plaît, svp, merci, merci beaucoup, merci bien, \
             si possible, si c'est possible, je crois, je pense, ce serait bien, ce serait parfait, \
             ce serait mieux, ça serait bien, ça serait mieux, ça me va, ça m'arrange, m'irait bien, \
             me convient, me conviendrait, me va, m'arrangerait, ça marche, c'est bien, c'est mieux, \
             c'est parfait, alors, plutôt, de préférence, monsieur, madame, au revoir, bonne journée, \
             c'est tout, voilà, aussi, pour moi, à l'appareil, c'est mon nom",
        ),
        (
            Roles::LEAD,
            "bonjour, bonsoir, allô, salut, oui bonjour, oui allô, alors, ben, bah, bon, et, eh bien, \
             donc, en fait, je pense, je crois, je crois que c'est, je dirais, on va dire, disons, \
             peut être, plutôt, c'est, c'est le, c'est la, ce serait, ce serait le, ce serait la, \
             ça serait, ça sera, je voudrais, j'aimerais, je veux, je prends, je vais prendre, \
             je prendrais, je préfère, je préférerais, je choisis, mettez moi, donnez moi, pour, \
             pour le, pour la, juste, mon numéro est, mon numéro c'est, mon numéro c'est le, \
             le numéro est, le numéro c'est, mon numéro de téléphone c'est, mon numéro de téléphone est, \
             mon code c'est, mon code est, le code c'est, le code est, mon mail est, mon mail c'est, \
             mon adresse mail est, mon adresse mail c'est, mon e mail est, mon e mail c'est, \
             mon adresse e mail est, mon adresse e mail c'est, mon adresse email c'est, l'adresse c'est, \
             je suis né le, je suis née le, né le, née le, ma date de naissance c'est, \
             ma date de naissance est, la date c'est, oui c'est, non c'est, de préférence, si possible, \
             idéalement, et bien, oui alors, oui donc, voilà",
        ),
        (
            Roles::NAME_LEAD,
            "je m'appelle, moi c'est, mon nom est, mon nom c'est, mon prénom est, mon prénom c'est, \
             mon nom de famille est, mon nom de famille c'est, le nom est, le nom c'est, c'est, je suis, \
             c'est au nom de, au nom de, la réservation est au nom de, ici, à l'appareil, nom, prénom, \
             le prénom c'est, ce serait, le patient s'appelle, la patiente s'appelle",
        ),
        (
            Roles::DISCOURSE,
            "alors, donc, ben, bah, bon, eh bien, et bien, enfin, en fait, du coup, genre, puis, \
             et puis, bref",
        ),
        (
            Roles::BACKCHANNEL,
            "ah, ah oui, ah bon, ah d'accord, ah ok, oh, oui, oui oui, ouais, ouais ouais, d'accord, \
             oui d'accord, ok, okay, bien, très bien, bien sûr, tout à fait, exactement, exact, voilà, \
             c'est ça, absolument, parfait, super, génial, entendu, je vois, je comprends, compris, \
             hein, hm, hmm, mm, mmm, mm hm, mhm, euh, bon, ben oui, bah oui, effectivement, en effet, \
             évidemment, ça marche, ça va, pas de problème, pas de souci, vrai, c'est vrai, vraiment, \
             merci, merci beaucoup, excellent, nickel, haha, ha, tiens, ah voilà, c'est noté, \
             certainement",
        ),
        (
            Roles::COMMAND,
            "stop, arrêtez, arrête, attendez, attends, non, non non, nan, pardon, excusez moi, \
             excuse moi, un instant, un moment, une seconde, une minute, deux secondes, deux minutes, \
             silence, chut, taisez vous, tais toi, ça suffit, assez, annulez, annuler, laissez tomber, \
             j'ai une question, une question, mais attendez, mais non, moins vite, plus lentement, \
             répétez, encore une fois, c'est faux, ce n'est pas ça, c'est pas ça, pause, désolé, \
             désolée, minute",
        ),
        (
            Roles::COMMAND_ALONE,
            "quoi, comment, allô, aide, conseiller, suivant, encore, question, faux, continuez",
        ),
        (
            Roles::ASKS,
            "quand, où, comment, combien, pourquoi, quel, quelle, quels, quelles, qui, qu'est ce que, \
             qu'est ce qu', qu'est ce qui, à quelle heure, de quelle heure, jusqu'à quelle heure, \
             à quelle, à quel, combien de temps, d'où, depuis quand, jusqu'à quand, lequel, laquelle, \
             quoi",
        ),
        (
            Roles::MODIFIES,
            "plus, moins, autre, autres, premier, première, nouveau, nouvelle, petit, petite, grand, \
             grande, bon",
        ),
        (
            Roles::ASKS_WHETHER,
            "est ce que, est ce qu'il, est ce qu'on, est ce que vous, est ce que je, est ce que c'est, \
             est ce que ça, est ce qu'elle, avez vous, auriez vous, pouvez vous, pourriez vous, puis je, \
             peut on, êtes vous, y a t il, y aurait il, faut il, serait il possible, dois je, \
             savez vous, acceptez vous, proposez vous, faites vous",
        ),
        (
            Roles::SUBJECT,
            "je, tu, il, elle, on, nous, vous, ils, elles, ça, cela, j'ai, c'est, qu'il, qu'elle, qu'on, \
             ce",
        ),
        (
            Roles::CLAUSE,
            "si je, si j'ai, si on, si le, si la, si mon, si ma, quand je, quand j'ai, quand j'étais, \
             quand le, quand la, quand on, lorsque je, lorsque j'ai, chaque fois que, à chaque fois que, \
             la dernière fois que, dès que je, après que, bien que, même si, comme je, comme j'ai, \
             puisque je, avant que",
        ),
        (
            Roles::CORRECTION,
            "non, pardon, désolé, désolée, je veux dire, enfin, plutôt, excusez moi, attendez, erreur",
        ),
        (Roles::ARTICLE, "le, la, les, un, une, des, mon, ma, mes, votre, notre, l', du"),
        (
            Roles::MONTH,
            "janvier, février, fevrier, mars, avril, mai, juin, juillet, août, aout, septembre, octobre, \
             novembre, décembre, decembre",
        ),
        (
            Roles::DAY,
            "prochain, prochaine, dernier, dernière, qui vient, lundi, mardi, mercredi, jeudi, vendredi, \
             samedi, dimanche, aujourd'hui, demain, après demain, hier, avant hier, \
             la semaine prochaine, cette semaine, le mois prochain, ce mois ci, le week end, \
             ce week end, ce soir, cet après midi, ce matin, demain matin, demain soir, \
             demain après midi, dès que possible, le plus tôt possible, dans une semaine, \
             dans deux semaines, dans quinze jours, tout de suite, l'année prochaine, \
             la semaine dernière",
        ),
        (Roles::DATE_GLUE, "le, la, du, de, en, au, ce, pour, dans, à, vers, jour"),
        (
            Roles::TIME_END,
            "heure, heures, h, du matin, de l'après midi, du soir, le matin, le soir, l'après midi, \
             dans la matinée, dans l'après midi, dans la soirée, et demie, et demi, et quart, \
             moins le quart, pile, précises, environ, demain, aujourd'hui",
        ),
        (
            Roles::TIME,
            "midi, à midi, minuit, à minuit, le matin, l'après midi, le soir, en matinée, en soirée, \
             dans la matinée, dans l'après midi, dans la soirée, matin, après midi, soir, midi et demi, \
             après le travail, n'importe quand, le plus tôt possible, en fin de journée, \
             en début d'après midi, en fin d'après midi, en fin de matinée, en début de matinée",
        ),
        (
            Roles::TIME_GLUE,
            "à, vers, vers les, avant, après, entre, de, et, moins, moins le, aux alentours de, \
             autour de, jusqu'à, dès, pour, le, du, dans la",
        ),
        (Roles::AT, "arobase, arrobase, arobas, @, at, a commercial"),
        (Roles::DOT, "point"),
        (
            Roles::SIGN,
            "tiret, tiret du bas, tiret bas, underscore, tout attaché, en minuscules, plus, \
             tout en minuscules",
        ),
        (
            Roles::EMAIL_CUE,
            "mail est, mail c'est, adresse mail est, adresse mail c'est, e mail est, e mail c'est, \
             mon mail, mon e mail, adresse e mail, email c'est, email est",
        ),
        (
            Roles::SPELL_CUE,
            "ça s'écrit, s'écrit, s'épelle, ça s'épelle, j'épelle, épelé, c'est, immatriculation, \
             référence, dossier, code, avec, lettres",
        ),
        (Roles::AS_IN, "comme, comme dans, de"),
        (
            Roles::PARTICLE,
            "de, du, des, d', le, la, van, von, da, dos, el, ben, bin, saint, sainte, monsieur, madame, \
             mademoiselle, docteur, maître, mme, mr",
        ),
        (
            Roles::NAME,
            "bon, claire, aimé, petit, grand, mai, avril, rose, marin, noël, désirée, parfait, mars",
        ),
    ],
    pairs: &[
        Pair { first: "soit", second: "soit", except: "que ce soit, quoi qu'il en soit" },
        Pair { first: "entre", second: "et", except: "entre nous, entre autres" },
        Pair { first: "non seulement", second: "mais", except: "" },
    ],
    frames: &[],
    numbers: Numbers {
        small: "zéro|zero, un|une, deux, trois, quatre, cinq, six, sept, huit, neuf, dix, onze, douze, \
                treize, quatorze, quinze, seize",
        tens: "vingt|vingts, trente, quarante, cinquante, soixante, septante, huitante|octante, nonante",
        hundreds: "",
        hundred: "cent|cents",
        thousand: "mille",
        times: "double|deux fois, triple|trois fois, quatre fois",
        and: "et",
        hundred_and: "",
        compounds: false,
        vigesimal: true,
        bare_scales: true,
        weak: "un, une",
        ordinal_endings: &[],
    },
    ordinals: &["premier"],
    cues: &[
        Cue {
            phrases: "mon numéro, le numéro, numéro de téléphone, mon téléphone, mon portable, \
                      le portable, numéro c'est, numéro est, joindre au, rappeler au, mobile",
            lengths: &[10, 11, 12],
        },
        Cue {
            phrases: "chambre, vol, appartement, étage, porte, train, bus, bâtiment",
            lengths: &[1, 2, 3, 4],
        },
        Cue { phrases: "code postal, code postal c'est, code postal est", lengths: &[5] },
        Cue { phrases: "code secret, mon code, quatre derniers, derniers chiffres, pin", lengths: &[4, 6] },
        Cue { phrases: "carte, numéro de carte, carte bancaire", lengths: &[15, 16] },
        Cue { phrases: "sécurité sociale, numéro de sécu", lengths: &[13, 15] },
        Cue {
            phrases: "numéro de client, numéro client, numéro de commande, numéro de dossier, \
                      numéro de contrat, numéro de compte, numéro de facture, numéro de réservation, \
                      référence",
            lengths: &[],
        },
    ],
    // France, then with the code of the country.
    telephone: &[10, 11, 12],
    questions: Questions { least: 4, behind: 3, whether: 5, subject: false },
};
