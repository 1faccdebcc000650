"""Words that nearly every text has, folded. They are kept in the index, and left out of a question that has others."""

from collections.abc import Collection
from typing import Final

ENGLISH: Final = frozenset(
    """
    a about above after again against all also am an and any are aren as at be because been before being below between
    both but by can cannot could couldn did didn do does doesn doing don down during each either else ever few for from
    further get gets getting give got had hadn has hasn have haven having he hence her here hers herself him himself his
    how however i if in into is isn it its itself just ll me might mine more most much must mustn my myself neither
    no nor not now of off often on once one only or other others ought our ours ourselves out over own per perhaps
    please quite rather re really said same say says shall shan she should shouldn since so some someone something
    still such tell than that the their theirs them themselves then there therefore these they this those though through
    thus to too under unless until up upon us ve very was wasn we well were weren what whatever when where whether which
    while who whoever whom whose why will with within without won would wouldn yes yet you your yours yourself
    yourselves
    """.split()  # noqa: SIM905 - read as a text
)
GERMAN: Final = frozenset(
    """
    ab aber alle allem allen aller alles als also am an ander andere anderem anderen anderer anderes auch auf aus bei
    beim bereits bin bis bist bitte da dabei dadurch dafur dagegen daher dahin damals damit danach daneben dann daran
    darauf daraus darf darin daruber darum das dass dasselbe davon davor dazu dein deine deinem deinen deiner deines dem
    den denen denn dennoch der deren derselbe des deshalb dessen dich die dies diese dieselbe diesem diesen dieser
    dieses dir doch dort du durch durfen durfte eben ein eine einem einen einer eines einige einigem einigen einiger
    einiges einmal er es etwas euch euer eure eurem euren eurer fur gab ganz gegen gehabt gewesen gib gibt habe haben
    hat hatte hatten hattest hattet hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im in indem ins
    ist ja jede jedem jeden jeder jedes jedoch jene jenem jenen jener jenes jetzt kann kannst kein keine keinem keinen
    keiner keines konnen konnte konnten mal man manche manchem manchen mancher manches mehr mein meine meinem meinen
    meiner meines mich mir mit muss mussen musst musste mussten nach nein nicht nichts noch nun nur ob obwohl oder ohne
    schon sehr sei seid sein seine seinem seinen seiner seines seit sich sie sind so sogar solche solchem solchen
    solcher solches soll sollen sollte sollten solltest sondern sonst sowie statt trotz uber um und uns unser unsere
    unserem unseren unserer unter viel viele vielen vom von vor wahrend wann war waren warst warum was weder weil welche
    welchem welchen welcher welches wem wen wenn wer werde werden wessen wie wieder wieso will willst wir wird wirst wo
    wobei woher wohin wollen wollt wollte wollten worden worin wurde wurden ziemlich zu zum zur zwar zwischen
    """.split()  # noqa: SIM905 - read as a text
)
_ONLY_GERMAN: Final = GERMAN - ENGLISH
_MEANT_IN_ENGLISH: Final = frozenset({"bin", "die", "hat", "man", "war"})


def ignored(words: Collection[str]) -> frozenset[str]:
    """The words to leave out of a question. What means something in English needs a German word beside it."""
    is_german = any(word in _ONLY_GERMAN - _MEANT_IN_ENGLISH for word in words)
    return ENGLISH | GERMAN if is_german else (ENGLISH | GERMAN) - _MEANT_IN_ENGLISH
