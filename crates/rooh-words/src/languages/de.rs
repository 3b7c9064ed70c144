//! German.

use crate::language::{Cue, Ending, Frame, Numbers, Pair, Questions, Roles, Table, rule};

/// How infinitives and participles end that close a German sentence.
const VERB_ENDS: &str = "en, ern, eln, tun, sein, ehn, stehn, gehn";

/// Words that end like verbs and are none.
const NO_VERBS: &str = "morgen, gegen, wegen, neben, zwischen, einen, meinen, deinen, seinen, ihren, \
                        unseren, keinen, den, denen, wen, wochen, tagen, stunden, minuten, personen, \
                        leuten, freitagen, euren, diesen, jenen, welchen, allen, beiden, ersten, \
                        zweiten, dritten, vierten, fünften, letzten, nächsten, neuen, alten, guten, \
                        kleinen, großen, anderen, oben, unten, innen, außen, eben, sondern, gestern, \
                        kindern, ihnen, namen, termen, verschiedenen, vergangenen, kommenden, daneben, \
                        dagegen, deswegen, meinetwegen, selten, sieben, ostern, kosten, damen, eltern";

pub(super) static TABLE: Table = Table {
    tag: "de",
    endings: &[
        (
            Ending::Never,
            "article",
            "der, den, dem, des, eine, einen, einem, einer, eines, kein, keinem, keiner, jede, jeden, \
             jedem, dieser, diesen, diesem, welcher, welchen, welchem",
        ),
        (Ending::Seldom, "article", "das, ein, keine, keinen, die, dieses, diese, welche, welches, alle"),
        (
            Ending::Never,
            "possessive",
            "mein, meine, meinen, meinem, meiner, meines, dein, deine, deinen, seine, seinen, seinem, \
             seiner, ihre, ihren, ihrem, ihrer, unser, unsere, unseren, unserem, unserer",
        ),
        (
            Ending::Never,
            "conjunction",
            "und, aber, denn, sondern, weil, dass, daß, ob, wenn, falls, obwohl, damit ich, sodass, \
             bevor, nachdem, sobald, solange, während, bis dass, seitdem, sowie, sowohl, entweder, als, \
             als ob, und dann, und auch, und zwar, und da, und das, und die, oder auch, oder ob, \
             oder wenn, aber auch, aber das, aber die, ja aber, beziehungsweise, bzw, das heißt, indem, \
             je nachdem, außer, statt, anstatt, nicht nur",
        ),
        (
            Ending::Never,
            rule::PREPOSITION,
            "im, am, vom, zum, zur, beim, ins, ans, aufs, durchs, fürs, in, für, gegen, ohne, bei, von, \
             seit, trotz, wegen, zwischen, neben, hinter, gegenüber, innerhalb, außerhalb, bezüglich, \
             aufgrund, mithilfe, pro, laut, ab dem, bis zum, bis zur, bis auf, in der, in die, in den, \
             auf der, auf die, auf den, an der, an die, an den, mit dem, mit der, mit den, mit meinem, \
             mit meiner, von der, von den, nach dem, nach der, über die, über den, über das, um die, \
             um das, für die, für den, für das, unter der, wegen der, wegen dem, mehr als, weniger als, \
             besser als, früher als, später als, so viel wie, in der nähe von",
        ),
        (Ending::Seldom, rule::PREPOSITION, "über, unter, bis, wie, um zu, ohne zu, gerne mit, ich mit"),
        (
            Ending::Seldom,
            rule::SEPARABLE,
            "mit, zu, nach, um, warte auf, warten auf, wende mich an, komme aus, freue mich auf, \
             in bezug auf, termin vor",
        ),
        (
            Ending::Never,
            "open clause",
            "weil ich, dass ich, ob ich, wenn ich, und ich, aber ich, oder ich, da ich, damit, weil wir, \
             dass wir, ob wir, wenn wir, und wir, weil es, dass es, ob es, wenn es, und es, weil er, \
             dass er, weil sie, dass sie, ob sie, wenn sie, und sie, weil das, dass das, ob das, \
             wenn das, weil die, dass die, weil der, dass der, weil mein, weil meine, ob man, dass man, \
             wenn man, weil man, der ich, den ich, die ich, was ich, wie ich, wo ich, als ich, \
             ich hätte gern, ich hätte gerne, ich würde gern, ich würde gerne, ich möchte gern, \
             ich möchte gerne, ich brauche, ich bräuchte, ich suche, ich rufe, ich rufe an weil, \
             ich rufe an wegen, ich rufe an um, es geht um, es geht darum, es handelt sich um, \
             mein problem ist, das problem ist, die sache ist, der grund ist, die frage ist, \
             meine frage ist, meine frage wäre, ich wollte fragen, ich wollte wissen, ich möchte wissen, \
             ich wollte mal, ich wollte nur, ich wollte nur fragen, ich wollte mich, ich möchte mich, \
             ich habe mich, ich habe da, ich hab da, können sie, könnten sie, könnten sie mir, \
             können sie mir, können sie mich, könnten sie mich, können sie bitte, können sie mir sagen, \
             könnten sie mir sagen, können sie mir bitte sagen, könnten sie bitte, können sie mir bitte, \
             könnten sie mir bitte, würden sie, würden sie bitte, kann ich, könnte ich, darf ich, \
             haben sie, hätten sie, gibt es, ist der, ist die, sind sie, sagen sie, sagen sie mir, \
             geben sie mir, ich heiße, mein name ist, mein vorname ist, mein nachname ist, \
             meine nummer ist, meine telefonnummer ist, meine adresse ist, ich wohne, ich wohne in, \
             ich komme aus, ich bin der, ich bin die, hier spricht, es gibt, herr, frau, doktor, sehr, \
             ziemlich, besonders, ungefähr, circa, etwa, mindestens, höchstens, eine art, in richtung, \
             an der ecke",
        ),
        (Ending::Seldom, "subject", "ich, wir, er, man"),
        (
            Ending::Seldom,
            rule::AUXILIARY,
            "bin, ist, sind, war, waren, habe, hab, hat, hatte, hatten, wird, werde, wurde, würde, \
             wollte, möchte, kann, muss, müsste, will, soll, sollte, könnte, darf, heißt, wäre, hätte, \
             geht um, gerne, gern",
        ),
        (
            Ending::Seldom,
            "open question",
            "wann, wo, wie viel, wieviel, warum, wer, wen, wem, weshalb, wieso, woher, wohin, \
             welche art, was für ein, was für eine, wie lange, wie viele",
        ),
        (
            Ending::Fine,
            "whole all the same",
            "meine frau, meiner frau, die frau, eine frau, der frau, einer frau, ihre frau, seine frau, \
             der doktor, zum doktor, den doktor, beim doktor, dem doktor, der herr, nehme das, \
             brauche das, mache das, machen das, weiß das, verstehe das, ist das, war das, wäre das, \
             heißt das, glaube das, kenne das, sie das, wir das, man das, mich ein, mir nicht ein, \
             wieder ein, es ein, nicht ein, sich ein, schaltet ein, schalte ein, habe keine, hab keine, \
             gibt keine, habe keinen, hab keinen, gibt keinen, mal nach, trifft zu, sage zu, mir zu, \
             ihnen zu, mir mit, ihnen mit, nehme ich mit, weiß ich, glaube ich, denke ich, meine ich, \
             finde ich, hoffe ich, brauche ich, kann ich auch, mache ich, nehme ich, möchte ich, \
             will ich, das kann ich, das bin ich, das weiß ich, wer ist da, was ist, wie viel ist, \
             was ist das, wo ist das, wer ist das, wie ist das, wann ist das, was war das, ich das, \
             das ist das, das weiß ich nicht, das möchte ich, das hätte ich gern, das hätte ich gerne, \
             hätte ich gern, hätte ich gerne, sehr gern, sehr gerne, ja gern, ja gerne, immer gerne, \
             kommt mit, komme mit, auf und zu, macht zu, haben zu, habt zu, hat zu, ist zu, stimme zu, \
             ab und zu, nach und nach, warum denn, wieso denn, was denn, wann denn, wo denn, wer denn, \
             weiß nicht warum, weiß nicht wann, weiß nicht wo, weiß nicht wer, keine ahnung wie, \
             keine ahnung wann, nicht so sehr, bitte sehr, nicht sehr, das geht, wie es ist, so ist es, \
             ist es so, ist das so, egal wann, egal wie, seit wann, bis wann, ab wann, ab und an, \
             von mir aus, das ist sie, das ist er, das ist es, das wäre das, so wie es ist, wie immer, \
             im moment, oder",
        ),
        (
            Ending::Begun,
            "begun",
            "punkt, unterstrich, at, klammeraffe, doppel, zweimal die, dreimal die, großgeschrieben, \
             wie in, durchwahl, vorwahl, schrägstrich",
        ),
        (
            Ending::Filler,
            "filler",
            "äh, ähh, ähm, öhm, öh, ehm, hm, hmm, hmmm, mm, mmm, tja, na ja, naja, ach, puh, um äh, uh, \
             uhm, sozusagen, quasi",
        ),
        (
            Ending::Hold,
            "asks for time",
            "moment, moment mal, einen moment, einen moment bitte, einen augenblick, augenblick, \
             augenblick mal, kleinen moment, einen kleinen moment, eine sekunde, sekunde, eine minute, \
             warten sie, warten sie mal, warten sie kurz, warten sie einen moment, warte, warte mal, \
             warte kurz, mal sehen, mal schauen, mal gucken, mal überlegen, lassen sie mich überlegen, \
             lassen sie mich kurz überlegen, lassen sie mich mal überlegen, \
             lassen sie mich kurz schauen, lassen sie mich mal schauen, lassen sie mich mal nachsehen, \
             lassen sie mich nachdenken, lassen sie mich nachsehen, lassen sie mich kurz nachsehen, \
             lassen sie mich schauen, ich muss überlegen, ich muss kurz überlegen, ich überlege, \
             ich überlege gerade, ich schaue nach, ich schau nach, ich schaue mal, ich schau mal, \
             ich schau mal nach, ich schaue mal nach, ich schaue kurz nach, ich schau kurz nach, \
             ich guck mal, ich gucke mal, ich suche gerade, ich hole kurz, wie sagt man, wie heißt das, \
             wie soll ich sagen, wie hieß das noch, wissen sie, weißt du, was noch, lass mich überlegen, \
             ich sehe mal nach, ich seh mal nach",
        ),
        (
            Ending::Closes,
            "closer",
            "was kostet das, wie geht das, was kostet es, wie viel kostet das, wie lange dauert das, \
             bitte, danke, danke schön, dankeschön, danke sehr, vielen dank, besten dank, \
             herzlichen dank, das war's, das wars, das war alles, das ist alles, das wäre alles, \
             das wär's, das wärs, mehr nicht, sonst nichts, auf wiederhören, auf wiedersehen, tschüss, \
             tschüs, ciao, schönen tag, schönen tag noch, einen schönen tag noch, bis dann, bis morgen, \
             bis später, wenn es geht, wenn möglich, wenn das geht, wenn das möglich ist, \
             so bald wie möglich, so schnell wie möglich, und ihnen, und selbst, mit freundlichen grüßen",
        ),
        (
            Ending::Closes,
            "tag question",
            "nicht wahr, oder nicht, gell, ne, stimmt's, stimmts, richtig, ist das richtig, geht das, \
             ist das möglich, wäre das möglich, ginge das, passt das, würde das gehen",
        ),
    ],
    roles: &[
        (
            Roles::YES,
            "ja, jawohl, jo, jep, ja ja, ja klar, klar, na klar, na sicher, sicher, natürlich, \
             selbstverständlich, genau, ganz genau, richtig, stimmt, das stimmt, stimmt so, \
             das ist richtig, das ist korrekt, korrekt, ist richtig, absolut, auf jeden fall, unbedingt, \
             gern, gerne, sehr gern, sehr gerne, ja gern, ja gerne, ok, okay, gut, alles klar, \
             einverstanden, in ordnung, das geht, das passt, passt, passt gut, passt mir, das passt mir, \
             das passt mir gut, das passt gut, das geht klar, das wäre gut, das wäre super, \
             das wäre schön, das wäre toll, das ist gut, das ist in ordnung, super, prima, perfekt, \
             wunderbar, toll, bestens, freilich, doch, doch doch, ich denke schon, ich glaube schon, \
             denke schon, glaub schon, wahrscheinlich, vermutlich, mhm, mm hm, aha, eben, \
             machen sie das, so machen wir das, das bin ich, am apparat, verstanden, verstehe, \
             ich verstehe, hab verstanden, kein problem, sehr gut, von mir aus, meinetwegen, \
             kann man machen, das ist er, das ist sie, so ist es",
        ),
        (
            Roles::NO,
            "nein, nee, nö, ne, nein nein, nicht, noch nicht, gar nicht, überhaupt nicht, \
             auf keinen fall, keinesfalls, eigentlich nicht, leider nicht, leider nein, nicht wirklich, \
             nicht ganz, nicht mehr, heute nicht, jetzt nicht, das stimmt nicht, stimmt nicht, \
             das ist falsch, falsch, das ist nicht richtig, nicht richtig, natürlich nicht, \
             ich glaube nicht, ich denke nicht, glaub nicht, glaube nicht, nicht dass ich wüsste, nie, \
             niemals, nichts, nichts mehr, sonst nichts, keine, keiner, keins, nein danke, lieber nicht, \
             besser nicht, das war's, das wars, das war alles, das ist alles, das wäre alles, \
             mehr nicht, kein interesse, ich habe kein interesse, weder noch, das passt nicht, \
             das geht nicht, passt nicht, geht nicht",
        ),
        (
            Roles::ECHO,
            "das ist es, ist es, ist es nicht, bin ich, bin ich nicht, habe ich, hab ich, \
             habe ich nicht, hab ich nicht, kann ich, kann ich nicht, will ich, will ich nicht, \
             möchte ich, möchte ich nicht, mache ich, das habe ich, das habe ich nicht, das kann ich, \
             das kann ich nicht, das möchte ich, das möchte ich nicht, das weiß ich, ich will, \
             ich möchte, das ist so, das ist es nicht, war ich, war ich nicht, war es, war es nicht, \
             brauche ich, brauche ich nicht, das brauche ich nicht",
        ),
        (
            Roles::SHORT,
            "danke, danke schön, dankeschön, danke sehr, vielen dank, besten dank, auf wiederhören, \
             auf wiedersehen, wiederhören, wiedersehen, tschüss, tschüs, ciao, schönen tag, \
             schönen tag noch, einen schönen tag noch, bis dann, bis morgen, bis später, ebenso, \
             ebenfalls, gleichfalls, danke gleichfalls, danke ebenfalls, bitte, bitte schön, \
             gern geschehen, keine ahnung, weiß nicht, ich weiß nicht, ich weiß es nicht, \
             das weiß ich nicht, weiß ich nicht, keine idee, bin nicht sicher, ich bin nicht sicher, \
             bin mir nicht sicher, ich bin mir nicht sicher, vielleicht, mal sehen was kommt, egal, \
             ist egal, das ist egal, ist mir egal, das ist mir egal, ganz egal, beide, beides, \
             keins von beiden, keines von beiden, habe ich nicht, hab ich nicht, das habe ich vergessen, \
             hab ich vergessen, stopp, stop, halt, aufhören, hören sie auf, abbrechen, hilfe, \
             wiederholen, bitte wiederholen, noch mal, nochmal, noch einmal, noch mal bitte, \
             nochmal bitte, können sie das wiederholen, wie bitte, bitte was, hä, entschuldigung, \
             verzeihung, was haben sie gesagt, was meinen sie, vergessen sie es, vergiss es, schon gut, \
             ein mensch, einen mitarbeiter, mitarbeiter, einen menschen, ein echter mensch, nächste, \
             weiter, wer ist da, wer spricht da, wer sind sie, sind sie noch da, hören sie mich, \
             sind sie ein roboter, ich bin da, ich bin noch da, bin noch da, falsch verbunden, \
             sie haben sich verwählt, ich auch, mir auch, nur das, nur eins, nur eine, heute, morgen, \
             jetzt, sofort, gestern, später, übermorgen, gut danke, danke gut, mir geht's gut",
        ),
        (
            Roles::TAIL,
            "bitte, bitte schön, danke, danke schön, vielen dank, wenn es geht, wenn möglich, \
             wenn das geht, glaube ich, glaub ich, denke ich, würde ich sagen, wäre gut, wäre super, \
             wäre schön, wäre toll, wäre prima, wäre perfekt, wäre mir lieber, wäre mir recht, \
             wäre besser, wäre am besten, passt, passt gut, passt mir, passt mir gut, passt mir besser, \
             geht, geht auch, ginge, ist gut, ist in ordnung, ist mein name, mein name, am apparat, \
             das wars, das war's, auch, dann, doch, gerne, gern, auf wiederhören, tschüss, also, \
             zum beispiel, am liebsten, am besten",
        ),
        (
            Roles::LEAD,
            "hallo, guten tag, guten morgen, guten abend, grüß gott, servus, moin, ja hallo, \
             ja guten tag, ach so, also, und, na, na gut, nun, dann, ja also, ich glaube, ich denke, \
             ich meine, ich würde sagen, sagen wir, sagen wir mal, vielleicht, das ist, es ist, \
             das ist die, das ist der, das wäre, das wäre der, das wäre die, es wäre, ich möchte, \
             ich hätte gern, ich hätte gerne, ich nehme, ich will, ich würde, ich würde gern, \
             ich würde gerne, ich bevorzuge, lieber, am liebsten, dann lieber, dann nehme ich, \
             ich hätte lieber, ich möchte lieber, am besten, für, nur, die nummer ist, meine nummer ist, \
             meine telefonnummer ist, die telefonnummer ist, meine handynummer ist, \
             meine kundennummer ist, die kundennummer ist, der code ist, mein code ist, die pin ist, \
             meine e mail ist, meine email ist, meine mail ist, meine e mail adresse ist, \
             meine mailadresse ist, die e mail ist, die email ist, die e mail adresse ist, \
             die adresse ist, die e mail lautet, meine e mail adresse lautet, die nummer lautet, \
             meine nummer lautet, geboren am, ich bin geboren am, ich bin am, mein geburtsdatum ist, \
             mein geburtstag ist, das datum ist, gerne, gern, ja das ist, ja es ist, bitte, möglichst, \
             eher, das war, die, der, das, wie wäre es, wie wäre es mit, vorzugsweise, und zwar, \
             sagen wir am, ja am",
        ),
        (
            Roles::NAME_LEAD,
            "mein name ist, mein name lautet, ich heiße, ich heisse, ich bin, ich bin der, ich bin die, \
             hier ist, hier spricht, hier, es spricht, das ist, mein vorname ist, mein nachname ist, \
             der name ist, name ist, der nachname ist, der vorname ist, auf den namen, auf, \
             auf den namen von, unter dem namen, unter, mein name, nachname, vorname, der patient heißt, \
             die patientin heißt",
        ),
        (Roles::DISCOURSE, "also, nun, nun ja, so, eigentlich, wie gesagt, tja"),
        (
            Roles::BACKCHANNEL,
            "ah, aha, ach, ach so, achso, ach ja, ah ja, ah okay, oh, ja, ja ja, jaja, jo, jep, genau, \
             ja genau, ganz genau, klar, ja klar, na klar, natürlich, gut, ja gut, sehr gut, alles klar, \
             okay, ok, ja okay, mhm, mm, mm hm, mmm, hm, hmm, na, so, na ja, richtig, stimmt, \
             das stimmt, ja stimmt, verstehe, ich verstehe, verstanden, in ordnung, super, prima, toll, \
             schön, wunderbar, perfekt, echt, wirklich, interessant, sicher, eben, danke, vielen dank, \
             kein problem, macht nichts, äh, ähm, wow, oh je, na gut, eh, doch, gerne, gern, freut mich, \
             haha, ha, passt, einverstanden",
        ),
        (
            Roles::COMMAND,
            "stopp, stop, halt, nein, nee, nö, nein nein, moment, moment mal, einen moment, \
             einen moment bitte, kleinen moment, augenblick, einen augenblick, sekunde, eine sekunde, \
             warte, warte mal, warten sie, warten sie mal, warten sie kurz, entschuldigung, \
             entschuldigen sie, verzeihung, aufhören, hören sie auf, hör auf, genug, das reicht, ruhe, \
             leise, seien sie still, abbrechen, ich habe eine frage, eine frage, ich hab eine frage, \
             vergessen sie es, langsamer, langsam, noch mal, nochmal, noch einmal, das stimmt nicht, \
             stimmt nicht, das ist falsch, falsch, aber moment, wie bitte",
        ),
        (
            Roles::COMMAND_ALONE,
            "was, wie, hä, hilfe, hallo, wiederholen, weiter, pause, zurück, mitarbeiter, frage",
        ),
        (
            Roles::ASKS,
            "was, wann, wo, wer, wen, wem, wie, warum, wieso, weshalb, welche, welcher, welches, \
             welchen, woher, wohin, wofür, womit, wie viel, wieviel, wie viele, wie lange, wie oft, \
             wie teuer, um wie viel, um wie viel uhr, ab wann, bis wann, seit wann, von wann, \
             an welchem, in welcher, mit wem, was für",
        ),
        (
            Roles::MODIFIES,
            "freie, freien, freier, neue, neuen, neuer, nächste, nächsten, nächster, erste, ersten, \
             andere, anderen, anderer, letzte, letzten, letzter, große, großen, kleine, kleinen, viele, \
             mehr, weitere, weiteren",
        ),
        (
            Roles::ASKS_WHETHER,
            "haben sie, habt ihr, hätten sie, können sie, könnten sie, kann ich, kann man, könnte ich, \
             könnte man, darf ich, dürfte ich, gibt es, gäbe es, ist das, ist es, ist der, ist die, \
             ist mein, ist meine, ist noch, sind sie, sind die, sind noch, wäre das, wäre es, muss ich, \
             soll ich, sollte ich, würden sie, wollen sie, wissen sie, geht das, ginge das, war das, \
             bin ich, machen sie, bieten sie, nehmen sie, kostet das, bekomme ich, brauche ich, \
             komme ich, können wir, könnten wir",
        ),
        (
            Roles::SUBORDINATES,
            "weil, dass, daß, ob, wenn, falls, als, da, damit, obwohl, bevor, nachdem, sobald, solange, \
             sodass, was, wie, wo, wann, warum, wer, welche, welcher, welches, die ich, den ich, \
             das ich, der ich, die wir, den wir, das wir, die sie, den sie, die er, den er, die mir, \
             das mir, der mir",
        ),
        (Roles::SUBJECT, "ich, du, er, sie, es, wir, ihr, man, das, dies"),
        (
            Roles::CLAUSE,
            "wenn ich, wenn wir, wenn der, wenn die, wenn das, wenn mein, wenn meine, falls ich, \
             falls wir, als ich, als wir, sobald ich, obwohl ich, nachdem ich, bevor ich, während ich, \
             seit ich, seitdem ich, immer wenn ich, jedes mal wenn ich, da ich",
        ),
        (
            Roles::CORRECTION,
            "nein, entschuldigung, sorry, ich meine, quatsch, moment, stopp, halt, falsch, \
             beziehungsweise, vielmehr, korrektur",
        ),
        (
            Roles::ARTICLE,
            "der, die, das, den, dem, ein, eine, einen, einem, einer, mein, meine, meinen, meiner, \
             unser, unsere, ihr, ihre",
        ),
        (
            Roles::MONTH,
            "januar, jänner, februar, feber, märz, april, mai, juni, juno, juli, august, september, \
             oktober, november, dezember",
        ),
        (
            Roles::DAY,
            "montag, dienstag, mittwoch, donnerstag, freitag, samstag, sonnabend, sonntag, montags, \
             dienstags, mittwochs, donnerstags, freitags, samstags, sonntags, heute, morgen, übermorgen, \
             gestern, vorgestern, nächste woche, kommende woche, diese woche, nächsten monat, \
             nächster monat, am wochenende, nächstes wochenende, morgen früh, morgen vormittag, \
             morgen nachmittag, morgen abend, heute abend, heute nachmittag, heute vormittag, \
             so bald wie möglich, sofort, in zwei wochen, in einer woche, heiligabend, silvester, \
             montagmorgen, montagvormittag, montagnachmittag, dienstagvormittag, dienstagnachmittag, \
             mittwochvormittag, mittwochnachmittag, donnerstagvormittag, donnerstagnachmittag, \
             freitagvormittag, freitagnachmittag, nächstes jahr, letzte woche",
        ),
        (
            Roles::DATE_GLUE,
            "der, die, den, dem, am, im, in, vom, zum, des, nächsten, nächster, nächste, kommenden, \
             kommende, diesen, dieser, letzten, ab, bis, gegen, für",
        ),
        (
            Roles::TIME_END,
            "uhr, morgens, vormittags, mittags, nachmittags, abends, nachts, am morgen, am vormittag, \
             am nachmittag, am abend, in der früh, früh, herum, ungefähr, morgen, heute, rum",
        ),
        (
            Roles::TIME,
            "mittag, mittags, mitternacht, morgens, vormittags, nachmittags, abends, am morgen, \
             am vormittag, am nachmittag, am abend, vormittag, nachmittag, abend, am mittag, früh, \
             in der früh, nach der arbeit, nach feierabend, so früh wie möglich, egal wann, jederzeit",
        ),
        (
            Roles::TIME_GLUE,
            "um, gegen, ab, bis, vor, nach, halb, viertel, dreiviertel, viertel vor, viertel nach, \
             kurz vor, kurz nach, so gegen, etwa um, ungefähr um, zwischen, von, am, dreiviertel, zirka, \
             circa, so um, fünf vor, fünf nach, zehn vor, zehn nach",
        ),
        (Roles::AT, "at, ät, äht, klammeraffe, @, at zeichen"),
        (Roles::DOT, "punkt, dot"),
        (
            Roles::SIGN,
            "minus, bindestrich, unterstrich, alles klein, kleingeschrieben, alles zusammen, zusammen, \
             plus",
        ),
        (
            Roles::EMAIL_CUE,
            "e mail ist, email ist, mail ist, e mail adresse ist, mailadresse ist, e mail lautet, \
             e mail adresse lautet, meine e mail, meine mail, meine email",
        ),
        (
            Roles::SPELL_CUE,
            "schreibt sich, buchstabiert, ich buchstabiere, geschrieben, wird geschrieben, kennzeichen, \
             mit, ist, lautet, code",
        ),
        (Roles::AS_IN, "wie, wie in"),
        (
            Roles::PARTICLE,
            "von, vom, van, zu, zum, zur, der, den, dem, de, la, le, da, di, du, el, al, bin, ben, ten, \
             ter, sankt, herr, frau, doktor, dr, professor, und",
        ),
        (
            Roles::NAME,
            "kurz, klein, lang, groß, gut, ernst, richter, koch, beide, eben, will, mai, august, gern, \
             klar, sommer",
        ),
    ],
    pairs: &[
        Pair { first: "entweder", second: "oder", except: "" },
        Pair { first: "zwischen", second: "und", except: "zwischen den, zwischen uns, zwischen ihnen" },
        Pair { first: "sowohl", second: "als", except: "" },
        Pair { first: "weder", second: "noch", except: "" },
        Pair { first: "nicht nur", second: "sondern", except: "" },
    ],
    frames: &[
        Frame {
            begins: "ich muss, ich müsste, ich soll, ich sollte, ich wollte, ich würde, ich würde gern, \
                     ich würde gerne, muss ich, wollte ich, müsste ich, sollte ich, würde ich, \
                     können sie, könnten sie, würden sie, könnte ich, darf ich, dürfte ich, kann ich, \
                     wir müssen, wir müssten, wir wollten, wir würden",
            endings: VERB_ENDS,
            except: NO_VERBS,
            enough: "nach, zu, weg, los, hin, zurück, heim, raus, rein, vorbei, dahin, hierher, rüber, \
                     tun, sein, deutsch, englisch, dazu, mit, nichts, nicht, gern, gerne, lieber, bitte",
        },
        Frame {
            begins: "ich rufe, rufen sie, rufen sie mich, bitte rufen sie, rufe ich",
            endings: "",
            except: "",
            enough: "an, zurück, auf, durch, später, danke, bitte, weil, wegen",
        },
    ],
    numbers: Numbers {
        small: "null, eins|ein, zwei|zwo, drei, vier, fünf, sechs, sieben, acht, neun, zehn, elf, zwölf, \
                dreizehn, vierzehn, fünfzehn, sechzehn, siebzehn, achtzehn, neunzehn",
        tens: "zwanzig, dreißig|dreissig, vierzig, fünfzig, sechzig, siebzig, achtzig, neunzig",
        hundreds: "",
        hundred: "hundert",
        thousand: "tausend",
        times: "doppel|zweimal|zweimal die, dreimal|dreimal die, viermal|viermal die",
        and: "und",
        hundred_and: "und",
        compounds: true,
        vigesimal: false,
        bare_scales: true,
        weak: "ein, acht",
        ordinal_endings: &["sten", "ster", "ste", "ten", "ter", "te"],
    },
    ordinals: &[
        "erste",
        "ersten",
        "erster",
        "dritte",
        "dritten",
        "dritter",
        "siebte",
        "siebten",
        "siebter",
        "siebenten",
        "achte",
        "achten",
        "achter",
    ],
    cues: &[
        Cue {
            phrases: "meine nummer, die nummer, telefonnummer, handynummer, meine handynummer, \
                      nummer ist, nummer lautet, vorwahl, erreichbar unter, erreichen mich unter, \
                      mobilnummer, rückrufnummer",
            lengths: &[10, 11, 12, 13],
        },
        Cue {
            phrases: "zimmer, zimmernummer, flug, flugnummer, zug, bus, gleis, hausnummer, wohnung",
            lengths: &[1, 2, 3, 4],
        },
        Cue { phrases: "postleitzahl, postleitzahl ist, plz", lengths: &[4, 5] },
        Cue { phrases: "pin, pin ist, geheimzahl, letzten vier", lengths: &[4, 6] },
        Cue { phrases: "kartennummer, kreditkarte", lengths: &[15, 16] },
        Cue {
            phrases: "kundennummer, bestellnummer, auftragsnummer, rechnungsnummer, vertragsnummer, \
                      kontonummer, referenznummer, buchungsnummer, versicherungsnummer, mitgliedsnummer",
            lengths: &[],
        },
    ],
    // German numbers have no fixed length; with the area code most have ten to twelve digits, and
    // within a town six and more.
    telephone: &[7, 8, 10, 11, 12, 13],
    questions: Questions { least: 4, behind: 3, whether: 4, subject: true },
};
