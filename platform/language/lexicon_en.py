"""English words of reviewers that VADER's general lexicon lacks or reads otherwise.

Units: strengths from -4 to 4, on VADER's own scale.
"""

_GRADES = {
    3.2: "masterpiece masterful masterfully masterwork unforgettable spellbinding exquisite superlative "
    "sublime stunningly flawless breathtaking must-read must-see virtuoso unmissable triumphant",
    2.4: "gripping riveting engrossing enthralling compelling mesmerizing mesmerising absorbing immersive "
    "captivating poignant heartfelt heartbreaking moving haunting evocative lyrical luminous witty hilarious "
    "hilariously inventive ingenious insightful thought-provoking nuanced engaging page-turner unputdownable "
    "well-written well-crafted well-made well-acted sharply deftly vividly vivid memorable refreshing "
    "rewarding resonant top-notch first-rate knockout gem polished stylish delightfully beautifully "
    "brilliantly superbly wonderfully touchingly durable sturdy reliable comfy effortless seamless "
    "timeless tour-de-force believable layered assured electrifying atmospheric thrilling taut",
    1.5: "crisp brisk solid solidly sly quirky fascinating clever deft subtle subtly intimate honest sincere "
    "understated fresh authentic ambitious provocative richly rich textured breezy lively spirited nimble "
    "affordable intuitive sleek quiet lightweight timely relatable accessible readable watchable "
    "satisfying satisfyingly works delivers recommended recommend recommending restrained tender "
    "energetic imaginative original",
    -1.3: "predictable predictably uneven familiar slight thin thinly overlong long-winded slow slow-paced "
    "slow-moving sluggish forgettable cliche cliches clichéd cliché clichés formulaic generic derivative "
    "contrived conventional melodramatic sentimental sappy simplistic repetitive wordy verbose dense "
    "disjointed muddled messy rushed flat dry bland drab stilted stale overpriced noisy loud clunky "
    "superficial shallow one-note by-the-numbers heavy-handed preachy pretentious overwrought overblown "
    "overdone underdeveloped undercooked implausible far-fetched confusing bumpy unremarkable "
    "middling so-so unfocused inconsistent wobbly stiff thinness hardly barely lacks lacking",
    -2.2: "boring tedious dull dreary drags dragged plodding lifeless soulless charmless humorless humourless "
    "unfunny pointless incoherent uninspired uninvolving uninteresting unconvincing unengaging unwatchable "
    "unreadable tiresome wearisome lazy lackluster lacklustre mediocre disposable sloppy "
    "vapid vacuous insipid inane hackneyed trite wooden cardboard cheesy hokey cringe cringeworthy mawkish "
    "schmaltzy manipulative misguided misfire misfires flop flops disappointingly "
    "exasperating grating interminable leaden turgid ponderous monotonous flimsy shoddy broke "
    "breaks broken defective faulty unusable refund returned leaks leaking scratched "
    "ridiculously overrated underwhelming mess letdown yawn snooze skip avoid",
    -3.2: "godawful abysmal abomination atrocious dreadful dreck drivel garbage travesty unbearable "
    "unbearably execrable worthless insufferable excruciating",
}
STRENGTHS = {word: grade for grade, group in _GRADES.items() for word in group.split()}

# Plain nouns and manners of plots to a reviewer, though VADER counts them as feelings.
NEUTRAL = tuple(
    "war crime murder murders death dead kill killer killing fight battle criminal prison gun victim "
    "ghost horror terror violence violent thriller comedy drama play plays like share novel number "
    "hero heroes party father matter intense dark mystery tragedy tragic".split()
)
