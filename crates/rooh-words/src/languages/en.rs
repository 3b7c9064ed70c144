//! English.

use crate::language::{Cue, Ending, Numbers, Pair, Questions, Roles, Table, rule};

/// The days of a month as English says them, the first at the beginning.
pub const ORDINALS: [&str; 31] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty first",
    "twenty second",
    "twenty third",
    "twenty fourth",
    "twenty fifth",
    "twenty sixth",
    "twenty seventh",
    "twenty eighth",
    "twenty ninth",
    "thirtieth",
    "thirty first",
];

pub(super) static TABLE: Table = Table {
    tag: "en",
    endings: &[
        (Ending::Never, "article", "a, an, the, every"),
        (Ending::Never, "possessive", "my, your, our, their, its"),
        (
            Ending::Never,
            "conjunction",
            "and, or, but, nor, because, although, unless, whereas, whether, than, and also, and then, \
             and so, or maybe, but also, as if, as though, even if, even though, in case, so that, \
             such that, now that, given that, provided that, the fact that, the reason why",
        ),
        (
            Ending::Never,
            "open clause",
            "i think that, i know that, i thought that, i believe that, i heard that, i noticed that, \
             i hope that, i see that, i guess that, i understand that, i was told that, \
             they told me that, you told me that, it says that, he said that, she said that, \
             they said that, i said that, the problem is that, the thing is that, the issue is that, \
             the reason is that, my problem is that, it seems that, it turns out that, \
             to make sure that, make sure that, because it, because it's, because that, because there, \
             because this, because you, because of, but it, but this, but there, but you, if it, \
             if there, if this, if you, if that, that it, that there, that this, that you, when it, \
             when there, when you, so it, so there, so this, so you, whether it, whether there, \
             whether you, what you, where you, which you, while you, before you, after you, until you, \
             since you, as you, and it, and there, and this, can you please, could you please, \
             would you please, will you please, can i please, could i please, may i please, can you, \
             could you, would you, do you, did you, have you, will you, would it, could it, can it, \
             does it, did it, will it, has it, is there, are there, was there, will there, there is, \
             there are, there was, there were, i was wondering, i am wondering, we were wondering, \
             let me, allow me, let, thank, tell me, give me, show me, get me, bring me, i just, i also, \
             i actually, i still, i already, i always, i usually, i only, i recently, i really, we just, \
             we also, we already, we still, kind of, sort of, type of, lot of, lots of, number of, \
             couple of, bunch of, instead of, one of, some of, most of, all of, none of, out of, \
             in order, as long, as well as, according, due, except, regarding, concerning, such, \
             the corner, so many, how many, how long does, how much does, what about, how about, mr, \
             mrs, ms, dr, very, extremely, fairly, somewhat, especially, approximately, basically",
        ),
        (
            Ending::Never,
            "contraction",
            "i'm, i've, i'd, i'll, you're, you've, you'll, you'd, he's, he'll, he'd, she's, she'll, \
             she'd, im, ive, thats, whats, lets, theres, youre, theyre, it's, it'll, it'd, that's, \
             that'll, there's, there'll, we're, we've, we'll, we'd, they're, they've, they'll, they'd, \
             what's, where's, who's, when's, how's, here's, let's, who'll",
        ),
        (Ending::Never, "subject", "i, we, he, she, they"),
        (
            Ending::Seldom,
            rule::PREPOSITION,
            "about, across, after, against, among, at, between, beyond, by, despite, during, for, from, \
             in, into, like, near, of, on, onto, per, regardless, since, till, to, toward, towards, \
             under, until, upon, via, with, within, without, as, versus, plus, in front, on top",
        ),
        (
            Ending::Seldom,
            rule::AUXILIARY,
            "am, is, are, was, were, be, been, being, has, have, had, will, would, can, could, should, \
             shall, might, must, may, does, did, isn't, aren't, wasn't, weren't, hasn't, haven't, \
             hadn't, doesn't, gonna, wanna, gotta",
        ),
        (
            Ending::Seldom,
            rule::VERB,
            "want, wanted, wants, need, needed, i'd like, i would like, we'd like, we would like, \
             i like, i'd prefer, i would prefer, i prefer, i'd love, i'd rather, i would rather, \
             he said, she said, they said, it says, i said, i mean, i got, we got, i bought, i ordered, \
             i received, i tried, i found, i called, i asked, i lost, i made, i put, i used, i paid, \
             i live, i hope, i believe, i feel, i heard, i noticed, i wonder, i thought, i was hoping, \
             i was trying, i was thinking, i'm trying, i'm looking, i'm calling, i am calling, \
             i'm hoping, i'm having, i'm getting, i keep, i've been, i've got, i have been, \
             calling because, wanted to know, want to know, need to know, like to know, to make, to get, \
             to change, to set, to let, to find, to give, to put, to send, to take, to bring, to keep, \
             to update, to schedule, to reserve, to confirm, to discuss, to receive, to add, to talk, \
             to speak, to tell, to show",
        ),
        (
            Ending::Seldom,
            "modifier",
            "new, another, several, my own, the next, my next, my last, my old, the exact, some sort",
        ),
        (Ending::Seldom, "open question", "if, where, when, which, who, whose, while, how, so"),
        (
            Ending::Fine,
            "particle",
            "log in, logged in, logging in, sign in, signed in, come in, came in, coming in, comes in, \
             check in, checked in, move in, moved in, moving in, get in, got in, let in, drop in, \
             dropped in, fill in, filled in, go in, went in, walk in, plug it in, plugged in, put it in, \
             sent in, bring it in, bring her in, bring him in, brought it in, take it in, fit me in, \
             squeeze me in, turn in, call in, called in, turn on, turned on, turns on, turn it on, \
             switch it on, switched on, going on, goes on, go on, put it on, try it on, try them on, \
             later on, and so on, stop by, come by, came by, drop by, drop it by, go by, went by, \
             stand by, day after, week after, month after, year after, night after, soon after, \
             ever since, long since, i'll wait, can wait, can't wait, to wait, a while, for a while, \
             in a while, on and off",
        ),
        (
            Ending::Fine,
            "short clause",
            "yes i have, yeah i have, yes we have, yeah we have, yes it has, yes he has, yes she has, yes i had, \
             the right, turn right, to the right, on the right, my right, is right, was right, \
             not right, isn't right, it right, be right, is correct, not correct, isn't correct, \
             be correct, what's new, like new, one another, i think so, think so, i believe so, \
             believe so, i hope so, hope so, guess so, suppose so, say so, said so, or so, if so, \
             even so, why so, don't know how, know how, don't know who, don't know when, not sure when, \
             not sure who, know when, know who, know where, not sure where, who knows where, from where, \
             since when, like when, don't know which, not sure which, as you can, as i can, if you can, \
             if i can, when you can, if we can, if you could, whenever you can, wherever you can, \
             so do i, so did i, so am i, so have i, neither do i, neither am i, you and i, is he, \
             is she, are they, are we, am i, was he, was she, were they, was i, were we, in may, of may, \
             next may, last may, since may, my will, i think it is, i believe it is, i guess it is, \
             i hope it is, i know it is, i think it was, i think we are, i think they are, \
             i think it will, i think i will, i think i am, i think i do, i think i can, there you are, \
             here you are, here we are, here i am, if you want, what you want, whatever you want, \
             as you want, you want, you need, if you need, whatever you need, what you need, \
             if it isn't, no it isn't, no it doesn't, but it doesn't, as is, as it is, the way it is, \
             it still is, it used to be, used to be, if you want to, not used to, i'd love to, \
             i'd be happy to, not supposed to, already paid for, else, or not, i do, we do, \
             more than happy to, been there before, would that be",
        ),
        (
            Ending::Begun,
            "begun",
            "dot, underscore, as in, spelled, double, triple, all lowercase, capital, hyphen, backslash, \
             forward slash",
        ),
        (
            Ending::Filler,
            "filler",
            "um, umm, uhm, uh, uhh, er, err, erm, hm, hmm, hmmm, mm, mmm, ehm, em, eh, uh um, ah, ahh",
        ),
        (
            Ending::Hold,
            "asks for time",
            "let me see, let me see now, let's see, let me think, let me check, let me look, \
             let me have a look, let me look that up, let me look it up, let me get it, let me get that, \
             let me grab it, let me find it, let me find that, let me pull it up, let me go get it, \
             i'm looking for it, i'm just looking, just looking for it, hold on, hold on a second, \
             hold on a sec, hold on a minute, hold on one second, hang on, hang on a second, \
             hang on a sec, hang on a minute, hang on one second, one second, one sec, one moment, \
             one minute, just a second, just a sec, just a moment, just a minute, just one second, \
             just one moment, just one sec, give me a second, give me a sec, give me a minute, \
             give me a moment, give me one second, bear with me, wait, wait a second, wait a sec, \
             wait a minute, wait a moment, wait one second, where did i put it, what was it again, \
             what's it called, what is it called, what do you call it, how do i say this, \
             how do i put this, how should i put it, how should i say, you know, what else, \
             oh what else, what was i going to say",
        ),
        (
            Ending::Fine,
            "known",
            "do you know, did you know, would you know, if you know, as you know, do you happen to know",
        ),
        (
            Ending::Closes,
            "closer",
            "please, thank you, thanks, thank you very much, thank you so much, thanks a lot, \
             thanks so much, many thanks, that's all, that is all, that's it, that is it, \
             that's everything, that'll be all, that would be all, that'll be it, that would be it, \
             that'll do it, nothing else, nothing more, all i need, all i needed, all i have, \
             all i wanted, all i know, everything i need, what i need, have a good day, have a nice day, \
             have a good one, have a great day, bye, bye bye, goodbye, good bye, see you, see you then, \
             see you tomorrow, see you soon, talk to you later, take care, if possible, \
             if that's possible, if that's okay, if that's ok, if that's all right, if that works, \
             if you don't mind, if you could please, as soon as possible, for your help, for your time, \
             for the help, how are you, how are you doing, how much is it, how much is that, what is it, \
             what is that, where is it, who is it, when is it, what time is it, what's the price, \
             how does it work, how does that work, and yourself, and you, how about you, what about you",
        ),
        (
            Ending::Closes,
            "tag question",
            "right, correct, isn't it, aren't you, aren't they, aren't we, don't you, don't they, \
             don't i, doesn't it, didn't i, didn't you, didn't they, wasn't it, won't you, won't it, \
             can't you, can't i, couldn't you, wouldn't it, wouldn't you, haven't you, hasn't it, \
             shouldn't it, shouldn't i, isn't that right, is that right, is that correct, is that okay, \
             is that ok, is that all right, is that possible, would that be okay, \
             would that be possible, would that work, does that work, will that work, is that it, \
             you know what i mean, does that make sense, if that makes sense, or what, am i right",
        ),
    ],
    roles: &[
        (
            Roles::YES,
            "yes, yeah, yea, yep, yup, yes yes, sure, correct, right, exactly, of course, absolutely, \
             definitely, certainly, sure thing, for sure, okay, ok, alright, all right, fine, good, \
             great, perfect, awesome, wonderful, excellent, fantastic, lovely, cool, totally, indeed, \
             affirmative, that's right, that's correct, that's true, that's fine, that's good, \
             that's great, that's okay, that's ok, that's perfect, that's me, that's the one, that's it, \
             that is right, that is correct, that is fine, that is it, it's fine, it's okay, \
             it's correct, it's good, that works, works for me, that works for me, that'll work, \
             that would work, that will work, that'll be fine, that would be fine, that would be great, \
             that would be good, that would be perfect, that would be lovely, that sounds good, \
             that sounds great, sounds good, sounds great, sounds perfect, go ahead, please do, \
             go for it, let's do it, let's do that, why not, i think so, i believe so, i guess so, \
             i suppose so, i hope so, probably, most likely, pretty much, i'd like that, \
             i would like that, i'd love that, i'd love to, i would love to, mm hm, mm hmm, mhm, mmhm, \
             uh huh, uhhuh, you got it, by all means, you bet, very much, very good, very well, \
             no problem, yes sir, yes ma'am, speaking, this is he, this is she, this is him, \
             this is her, i agree, agreed, understood, got it, i understand, i see, that makes sense, \
             makes sense",
        ),
        (
            Roles::NO,
            "no, nope, nah, no no, no no no, not really, not at all, not yet, not now, not today, \
             not quite, not exactly, not necessarily, not that i know of, not that i'm aware of, \
             of course not, absolutely not, definitely not, certainly not, probably not, \
             i don't think so, i don't believe so, i'm afraid not, i guess not, i hope not, never, \
             negative, incorrect, wrong, that's wrong, that's not right, that's not correct, \
             that's not it, that's not true, that's incorrect, that is wrong, that is not correct, \
             no way, no thanks, no thank you, i'm good, i'm fine, i'm okay, we're good, i'm all set, \
             all set, we're all set, i'm all good, all good, nothing, nothing else, none, neither, \
             that's all, that's everything, that'll be all, that would be all, that will be all, \
             not for me, not interested, i'm not interested, i'd rather not, i prefer not to, rather not",
        ),
        (
            Roles::ECHO,
            "i do, i don't, i did, i didn't, i am, i'm not, i was, i wasn't, i can, i can't, i cannot, \
             i could, i couldn't, i will, i won't, i would, i wouldn't, i haven't, i hadn't, i should, \
             we do, we don't, we did, we didn't, we are, we're not, we aren't, we can, we can't, \
             we will, we won't, we haven't, we would, it is, it isn't, it's not, it was, it wasn't, \
             it does, it doesn't, it did, it didn't, it hasn't, it will, it won't, it can, it can't, \
             that is, that isn't, that's not, he is, he isn't, he does, he doesn't, she is, she isn't, \
             she does, she doesn't, they are, they aren't, they do, they don't, they did, they didn't, \
             there is, there isn't, there are, there aren't, i have not, i do not, i did not, i am not, \
             it is not, it was not, we have not, they haven't, you are, you can, you did, you may, \
             you do",
        ),
        (
            Roles::SHORT,
            "thank you, thanks, thank you very much, thank you so much, thanks a lot, thanks so much, \
             bye, bye bye, goodbye, good bye, see you, see you then, see you later, have a good day, \
             have a nice day, have a great day, have a good one, you too, same to you, take care, stop, \
             stop it, stop that, cancel, cancel that, cancel it, help, help me, repeat, repeat that, \
             repeat please, say that again, say again, can you repeat that, could you repeat that, \
             can you say that again, could you say that again, come again, pardon, pardon me, excuse me, \
             sorry what, what was that, what did you say, what do you mean, i don't know, i do not know, \
             don't know, dunno, not sure, i'm not sure, i am not sure, i don't remember, \
             i can't remember, i don't care, it doesn't matter, doesn't matter, i don't mind, no idea, \
             i have no idea, no preference, no preferences, maybe, maybe later, never mind, forget it, \
             anything, anything else, anything is fine, anytime, any time, either, either one, \
             either is fine, both, all of them, whatever, whichever, none of them, neither one, me too, \
             same here, i don't have one, i don't have any, i don't have it, i don't have that, \
             i'm done, i'm finished, i'm ready, ready, that's none of your business, operator, agent, \
             representative, customer service, a human, human, a real person, real person, real human, \
             next, next one, continue, skip, skip it, again, what for, who is this, who's this, \
             who are you, who's calling, who's speaking, are you there, are you still there, \
             can you hear me, are you a robot, are you human, is this a robot, are you real, i'm here, \
             i'm still here, leave me alone, don't call me again, wrong number, \
             you have the wrong number, not interested, welcome, you're welcome, don't worry, \
             no worries, i'm fine thank you, i'm good thank you, i'm doing well, not bad, just me, \
             just one, just the one, just that, only that, hang up, slow down, speak up, louder, \
             be quiet, shut up, today, tomorrow, now, right now, later, yesterday",
        ),
        (
            Roles::TAIL,
            "please, thanks, thank you, thank you very much, thank you so much, thanks a lot, \
             if possible, if that's okay, if that's ok, if that's possible, if you don't mind, if i may, \
             i think, i guess, i believe, i suppose, for me, would be great, would be good, \
             would be fine, would be perfect, would be best, would be better, would be nice, \
             would be ideal, works, works for me, works best, works fine, is fine, is good, is great, \
             is okay, is best, is perfect, works great, sounds good, sounds great, will do, \
             will be fine, will work, would work, then, actually, i'd say, sir, ma'am, thank you bye, \
             bye, goodbye, that's it, that's all, too, as well, is better, is my name, is the name, \
             is my number, is my email, is my email address, is the number, here, speaking, for now, \
             instead",
        ),
        (
            Roles::LEAD,
            "hi, hello, hey, hi there, hello there, good morning, good afternoon, good evening, yes hi, \
             oh, so, well, um well, and, okay so, now, actually, honestly, i think, i guess, \
             i think it's, i believe it's, i believe, i'd say, i would say, let's say, say, maybe, \
             probably, it's, it is, its, that's, that is, that'd be, that would be, it would be, \
             it'd be, it should be, i'd like, i would like, i'd like to have, i want, i'll take, \
             i'll have, i'll go with, i'd take, i'd prefer, i would prefer, i prefer, i'd rather have, \
             i choose, give me, can i have, could i have, can i get, could i get, let's do, \
             let's go with, let's make it, make it, make that, how about, what about, go with, \
             we'd like, for, just, only, mine is, this is, that one is, the answer is, i was born on, \
             i was born in, born on, my birthday is, my date of birth is, my birth date is, \
             date of birth is, the date is, the number is, my number is, my phone number is, \
             the phone number is, my account number is, the account number is, account number is, \
             the code is, my code is, the pin is, my pin is, you can reach me at, you can call me at, \
             my zip code is, my email is, my email address is, the email is, the email address is, \
             my e mail is, email is, sure it's, sure that's, of course it's, yes it's, yeah it's, \
             no it's, okay it's, um it's, sometime, some time, definitely, preferably, ideally, \
             let me think, let me see, let's see",
        ),
        (
            Roles::NAME_LEAD,
            "my name is, my name's, the name is, the name's, name is, my full name is, full name is, \
             my first name is, my last name is, first name is, last name is, first name, last name, \
             my surname is, surname is, i'm, i am, this is, it's, it is, call me, you can call me, \
             they call me, under, under the name, under the name of, it's under, \
             the reservation is under, speaking to, you're speaking to, you're speaking with, that's, \
             that would be, it would be, it's for, appointment is for, my name, the patient's name is, \
             patient's name is, the first name is, the last name is",
        ),
        (Roles::DISCOURSE, "well, so, like, i mean, anyway, actually, honestly, basically, and so"),
        (
            Roles::BACKCHANNEL,
            "ah, aha, ahh, alright, all right, exactly, good, great, ha, haha, hm, hmm, hmmm, huh, mhm, \
             mm, mmhm, mmm, mm hm, mm hmm, oh, ok, okay, really, right, sure, uh, uhhuh, uh huh, um, \
             wow, yeah, yea, yep, yes, yup, i see, got it, of course, i know, oh i see, oh really, \
             makes sense, that makes sense, sounds good, cool, nice, perfect, wonderful, interesting, \
             true, absolutely, definitely, totally, indeed, no problem, no worries, no way, very good, \
             very nice, fair enough, gotcha, understood, i understand, i hear you, fine, thanks, \
             thank you, oh no, oh my, gosh, lovely, oh wow, oh good, oh great, oh okay, oh yeah, \
             of course yeah, that's right, that's true, that's good, that's great, that's fine, \
             for sure, awesome, excellent, correct, sure thing, oh nice, no that's fine, no that's okay, \
             no that's good, uh okay",
        ),
        (
            Roles::COMMAND,
            "stop, wait, no, nope, hold on, hang on, one moment, one second, one sec, one minute, \
             just a moment, just a second, just a sec, just a minute, excuse me, sorry, pardon, \
             pardon me, cancel, enough, that's enough, quiet, be quiet, shut up, silence, pause, hush, \
             i have a question, i've got a question, never mind, forget it, but wait, slow down, \
             go back, repeat that, say that again, that's wrong, that's not right, that's not correct, \
             that's incorrect, shush",
        ),
        (
            Roles::COMMAND_ALONE,
            "what, hello, help, repeat, skip, next, again, operator, agent, representative, question, \
             wrong, incorrect, don't, listen, come again",
        ),
        (
            Roles::ASKS,
            "when, why, how, how much, how many, how long, how far, how often, how soon, how late, \
             at what time, wherever",
        ),
        (
            Roles::ASKS.or(Roles::ASKS_WHAT),
            "where, how long, what time, what day, what, who, whose, which, what kind, what sort, whatever",
        ),
        (
            Roles::MODIFIES,
            "some, any, this, that, these, those, more, less, extra, first, last, second, next, single, \
             double, free, full, old, big, bigger, small, smaller, good, better, best, cheap, cheaper, \
             cheapest, nearest, local, online, current, different, special, other, normal, regular, \
             late, early, own, certain, hot, cold, direct, few",
        ),
        (
            Roles::ASKS_WHETHER,
            "do you, do i, do we, do they, does it, does this, does that, does the, does my, did you, \
             did i, did it, did they, did we, did my, is it, is there, is that, is this, is the, is my, \
             is your, is he, is she, are you, are there, are they, are the, are these, are those, \
             are my, are your, am i, was it, was there, was that, was my, were you, were there, can i, \
             can you, can we, can it, could i, could you, could we, could it, would it, would you, \
             would that, would there, will it, will you, will there, will the, will i, will that, \
             will they, should i, should we, shall i, shall we, may i, might i, have you, have i, \
             have they, has it, has my, has the, has anyone, isn't it, isn't there, don't you, \
             can't you, couldn't you, can someone, could someone, can anybody, is anyone",
        ),
        (
            Roles::SUBJECT,
            "i, you, we, he, she, they, it, this, that, these, those, there, i'm, you're, we're, \
             they're, it's, he's, she's, i've, you've, we've, i'd, i'll, that's, someone, somebody, \
             anyone",
        ),
        (
            Roles::CLAUSE,
            "if i, if we, if my, if the, if there's, if it's, if he, if she, if they, when i, when we, \
             when my, when the, when he, when she, when they, every time i, every time we, whenever i, \
             whenever we, since i, since we, once i, once we, after i, after we, before i, before we, \
             while i, while we, as soon as i, as soon as we, the last time i, last time i, unless i, \
             even if i, even though i, although i, if you, when you, assuming, now that i",
        ),
        (
            Roles::CORRECTION,
            "no, sorry, i mean, wait, correction, rather, actually, scratch that, my mistake, oops",
        ),
        (Roles::ARTICLE, "a, an, the, my, your, our, his, her, their, its"),
        (
            Roles::MONTH,
            "january, february, march, april, may, june, july, august, september, october, november, \
             december, jan, feb, mar, apr, jun, jul, aug, sept, sep, oct, nov, dec",
        ),
        (
            Roles::DAY,
            "monday, tuesday, wednesday, thursday, friday, saturday, sunday, mondays, tuesdays, \
             wednesdays, thursdays, fridays, saturdays, sundays, today, tomorrow, tonight, yesterday, \
             day after tomorrow, next week, this week, next month, next weekend, this weekend, \
             the weekend, next year, tomorrow morning, tomorrow afternoon, tomorrow evening, \
             this morning, this afternoon, this evening, christmas eve, new year's eve, christmas day, \
             as soon as possible, a week from now, in two weeks, in a week, right away, immediately, \
             last week, last month, last year",
        ),
        (Roles::DATE_GLUE, "the, of, on, in, next, this, last, coming, day, around, about, by"),
        (
            Roles::TIME_END,
            "o'clock, am, pm, a m, p m, in the morning, in the afternoon, in the evening, at night, \
             sharp, ish, or so, tomorrow, today, tonight, on the dot, tomorrow morning, \
             tomorrow afternoon",
        ),
        (
            Roles::TIME,
            "noon, midday, midnight, in the morning, in the afternoon, in the evening, morning, \
             afternoon, evening, mornings, afternoons, evenings, the morning, the afternoon, \
             the evening, lunchtime, any time, anytime, as early as possible, as late as possible, \
             first thing in the morning, after work, before noon, before lunch, after lunch, \
             late afternoon, early morning, late morning, early afternoon",
        ),
        (
            Roles::TIME_GLUE,
            "at, around, about, by, before, after, between, past, to, till, until, half, quarter, \
             half past, quarter past, quarter to, a quarter, minutes past, minutes to, at around, \
             at about, from, for, in the, in, oh, say, maybe",
        ),
        (Roles::AT, "at, @, at sign, at symbol"),
        (Roles::DOT, "dot"),
        (Roles::SIGN, "dash, hyphen, underscore, all one word, one word, all lowercase, lowercase, plus"),
        (
            Roles::EMAIL_CUE,
            "email is, email address is, e mail is, e mail address is, email's, email it to, \
             email me at, send it to, email address",
        ),
        (
            Roles::SPELL_CUE,
            "spelled, spelt, spell it, spell that, that's, it's, is, spelled with, spelling is, letters, \
             reference, code, postcode, postal code, license plate, plate, confirmation, registration",
        ),
        (Roles::AS_IN, "as in, for, like"),
        (
            Roles::PARTICLE,
            "van, von, de, der, den, la, le, da, di, du, dos, del, el, al, bin, ibn, ben, st, saint, \
             mac, mc, ter, ten, zu, mr, mrs, ms, miss, dr, doctor, professor",
        ),
        (
            Roles::NAME,
            "will, may, don, art, so, an, do, mark, rich, grant, bill, sue, see, good, cool, wong, rob, \
             pat",
        ),
    ],
    pairs: &[
        Pair {
            first: "either",
            second: "or",
            except: "either one, either is, either way, either of, either side, either works, \
                     either day, either time",
        },
        Pair {
            first: "between",
            second: "and",
            except: "in between, between them, between us, between those, between these",
        },
        Pair { first: "not only", second: "but", except: "" },
    ],
    frames: &[],
    numbers: Numbers {
        small: "zero|oh|o|nought|naught, one, two, three|tree, four, five|fife, six, seven, eight, \
                nine|niner, ten, eleven, twelve, thirteen, fourteen, fifteen, sixteen, seventeen, \
                eighteen, nineteen",
        tens: "twenty, thirty, forty|fourty, fifty, sixty, seventy, eighty, ninety",
        hundreds: "",
        hundred: "hundred",
        thousand: "thousand",
        times: "double, triple|treble, quadruple",
        and: "",
        hundred_and: "and",
        compounds: false,
        vigesimal: false,
        bare_scales: false,
        weak: "oh, o, one, tree",
        ordinal_endings: &[],
    },
    ordinals: &ORDINALS,
    cues: &[
        Cue {
            phrases: "phone number, my number, the number, number is, number's, reach me at, call me at, \
                      call me on, reach me on, phone is, mobile is, cell is, cell number, mobile number, \
                      callback number, telephone number, telephone is, area code",
            lengths: &[7, 10, 11],
        },
        Cue {
            phrases: "room, room number, flight, flight number, train, bus, gate, platform, apartment, \
                      suite, unit, channel, extension, page, chapter",
            lengths: &[1, 2, 3, 4],
        },
        Cue { phrases: "zip code, zip, zip is, postal code, postcode", lengths: &[5, 9] },
        Cue { phrases: "pin, pin is, pin code, last four, last four digits", lengths: &[4, 6] },
        Cue { phrases: "security code, verification code, code is", lengths: &[3, 4, 6] },
        Cue { phrases: "card number, credit card, debit card, card number is", lengths: &[15, 16] },
        Cue { phrases: "social security number, social security, social is", lengths: &[4, 9] },
        Cue {
            phrases: "account number, order number, reference number, confirmation number, \
                      policy number, customer number, member number, tracking number, case number, \
                      ticket number, invoice number, booking number, id number, member id, customer id",
            lengths: &[],
        },
    ],
    // Without and with the area code, and with the one of the country (North American Numbering
    // Plan); numbers of the United Kingdom have eleven digits with their leading zero.
    telephone: &[7, 10, 11],
    questions: Questions { least: 4, behind: 3, whether: 5, subject: true },
};
