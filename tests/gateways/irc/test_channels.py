"""Being in channels: JOIN, PART, TOPIC, NAMES, KICK. Source: Modern IRC, Channel Operations."""

from __future__ import annotations

import pytest

from tests.gateways.irc.conftest import Crowd
from tests.support.irc import codes, words


def test_join_says_what_there_is(crowd: Crowd) -> None:
    """JOIN message: the JOIN itself, then the topic if there is one, then the names."""
    ann = crowd.client("ann")
    channel = crowd.channel
    joined, *rest = ann.ask(f"JOIN {channel}")
    assert joined.words == ("JOIN", channel)
    assert joined.source.startswith(f"{ann.nick}!~{ann.nick}@")
    assert words(rest) == [
        ("353", ann.nick, "=", channel, f"@{ann.nick}"),
        ("366", ann.nick, channel, "End of /NAMES list"),
    ]
    ann.ask(f"TOPIC {channel} :what we talk about")
    ben = crowd.client("ben")
    lines = ben.ask(f"JOIN {channel}")
    assert codes(lines) == ["JOIN", "332", "333", "353", "366"]
    assert lines[1].words == ("332", ben.nick, channel, "what we talk about")
    assert lines[2].params[:3] == (ben.nick, channel, ann.nick)
    assert lines[2].params[3].isdigit()
    assert set(lines[3].text.split()) == {f"@{ann.nick}", ben.nick}
    (heard,) = ann.sync()
    assert heard.words == ("JOIN", channel)
    assert heard.source == lines[0].source


def test_join_again_is_nothing(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann")
    assert ann.ask(f"JOIN {crowd.channel.upper()}") == []


def test_a_channel_keeps_the_case_of_its_maker(crowd: Crowd) -> None:
    """ISUPPORT CASEMAPPING=ascii."""
    ann, ben = crowd.client("ann"), crowd.client("ben")
    ann.join(crowd.channel.title())
    assert ben.join(crowd.channel.upper())[0].words == ("JOIN", crowd.channel.title())


def test_who_enters_with_a_role_is_given_it_before_all(crowd: Crowd) -> None:
    """The founder of a registered channel comes back: those who are there see his role, too."""
    founder = crowd.member("founder")
    ann, ben = crowd.client("ann"), crowd.client("ben", "server-time")
    for client in (founder, ann, ben):
        client.join(crowd.channel)
    founder.ask(f"CS REGISTER {crowd.channel}", f"PART {crowd.channel}")
    ann.sync(), ben.sync()
    assert "MODE" not in codes(founder.ask(f"JOIN {crowd.channel}"))
    for client in (ann, ben):
        join, mode = client.sync()
        assert (join.nick, join.command) == (founder.nick, "JOIN")
        assert (mode.source, *mode.words) == (
            "irc.test", "MODE", crowd.channel, "+q", founder.nick,
        )  # fmt: skip
        assert mode.tags.keys() == join.tags.keys()


def test_joining_several_with_their_keys(crowd: Crowd) -> None:
    ann, ben = crowd.client("ann"), crowd.client("ben")
    one, two, three = (f"{crowd.channel}{letter}" for letter in "abc")
    ann.ask(f"JOIN {one},{two},{three}", f"MODE {one} +k first", f"MODE {three} +k third")
    lines = ben.ask(f"JOIN {one},{two},{three} first,,wrong")
    assert words(lines, "JOIN") == [("JOIN", one), ("JOIN", two)]
    assert words(lines, "475") == [("475", ben.nick, three, "Cannot join channel (+k)")]


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("nosign", "403"),
        ("&local", "403"),
        ("#", "476"),
        ("#a:b", "476"),
        ("#bell\x07", "476"),
        ("#" + "x" * 65, "476"),
        ("#no\u00a0blank", "476"),
        ("#" + "\u8a9e" * 50, "476"),
    ],
)
def test_names_that_no_channel_has(crowd: Crowd, channel: str, code: str) -> None:
    """ERR_NOSUCHCHANNEL (403), ERR_BADCHANMASK (476)."""
    ann = crowd.client("ann")
    assert ann.one(f"JOIN {channel}").words[:3] == (code, ann.nick, channel)


def test_part_of_a_list_may_be_wrong(crowd: Crowd) -> None:
    ann = crowd.client("ann")
    lines = ann.ask(f"JOIN {crowd.channel},nosign,,#")
    assert codes(lines) == ["JOIN", "353", "366", "403", "476"]


def test_a_list_that_is_too_long_says_so(crowd: Crowd) -> None:
    """RFC 2812, ERR_TOOMANYTARGETS (407)."""
    ann = crowd.client("ann")
    channels = [f"{crowd.channel}x{number}" for number in range(21)]
    lines = ann.ask(f"JOIN {','.join(channels)}")
    assert words(lines, "407")[0][:3] == ("407", ann.nick, channels[20])
    assert len(words(lines, "JOIN")) == 20


def test_join_0_leaves_all(crowd: Crowd) -> None:
    """JOIN message: "0" is a PART of every channel that one is in."""
    ann, ben = crowd.inside("ann", "ben")
    ann.join(f"{crowd.channel}b")
    parts = words(ann.ask("JOIN 0"))
    assert sorted(parts) == [("PART", crowd.channel), ("PART", f"{crowd.channel}b")]
    assert words(ben.sync()) == [("PART", crowd.channel)]


@pytest.mark.parametrize("line", ["JOIN", "PART", "TOPIC", "KICK #x", "KICK", "MODE", "INVITE x"])
def test_parameters_that_are_missing(crowd: Crowd, line: str) -> None:
    """ERR_NEEDMOREPARAMS (461)."""
    ann = crowd.client("ann")
    assert ann.one(line).words[:3] == ("461", ann.nick, line.split()[0])


def test_part(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    (told,) = ann.ask(f"PART {crowd.channel} :see you")
    (heard,) = ben.sync()
    assert told.words == heard.words == ("PART", crowd.channel, "see you")
    assert told.source == heard.source
    assert ben.ask(f"PART {crowd.channel}")[0].words == ("PART", crowd.channel)


def test_part_of_what_one_is_not_in(crowd: Crowd) -> None:
    """ERR_NOTONCHANNEL (442), ERR_NOSUCHCHANNEL (403)."""
    crowd.inside("ann")
    ben = crowd.client("ben")
    lines = ben.ask(f"PART {crowd.channel},{crowd.channel}none :bye")
    assert words(lines) == [
        ("442", ben.nick, crowd.channel, "You're not on that channel"),
        ("403", ben.nick, f"{crowd.channel}none", "No such channel"),
    ]


def test_a_channel_that_empties_forgets_its_modes(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann")
    ann.ask(f"MODE {crowd.channel} +mk secret", f"TOPIC {crowd.channel} :old", "JOIN 0")
    ben = crowd.client("ben")
    lines = ben.join(crowd.channel)
    assert codes(lines) == ["JOIN", "353", "366"]
    assert lines[1].text == f"@{ben.nick}"
    assert ben.ask(f"MODE {crowd.channel}")[0].params[2] == "+nt"


def test_topic(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    channel = crowd.channel
    assert ben.one(f"TOPIC {channel}").words == ("331", ben.nick, channel, "No topic is set")
    (told,) = ann.ask(f"TOPIC {channel} :first: of all")
    (heard,) = ben.sync()
    assert told.words == heard.words == ("TOPIC", channel, "first: of all")
    shown = ben.ask(f"TOPIC {channel}")
    assert words(shown)[0] == ("332", ben.nick, channel, "first: of all")
    assert shown[1].words[:4] == ("333", ben.nick, channel, ann.nick)
    assert words(ann.ask(f"TOPIC {channel} :")) == [("TOPIC", channel, "")]
    ben.sync()
    assert ben.one(f"TOPIC {channel}").command == "331"


def test_topic_needs_a_right_where_it_is_locked(crowd: Crowd) -> None:
    """Mode +t: ERR_CHANOPRIVSNEEDED (482)."""
    ann, ben = crowd.inside("ann", "ben")
    assert ben.one(f"TOPIC {crowd.channel} :mine").words[:3] == ("482", ben.nick, crowd.channel)
    ann.ask(f"MODE {crowd.channel} -t")
    ben.sync()
    assert ben.one(f"TOPIC {crowd.channel} :mine").command == "TOPIC"


def test_topic_from_outside(crowd: Crowd) -> None:
    """ERR_NOTONCHANNEL (442) to change it; to look is free, as with Ergo."""
    ann, _ = crowd.inside("ann", "ben")
    ann.ask(f"TOPIC {crowd.channel} :open", f"MODE {crowd.channel} -t")
    out = crowd.client("out")
    assert out.one(f"TOPIC {crowd.channel} :mine").command == "442"
    assert codes(out.ask(f"TOPIC {crowd.channel}")) == ["332", "333"]
    for nowhere in f"{crowd.channel}none", "nosign":
        assert out.one(f"TOPIC {nowhere}").words[:3] == ("403", out.nick, nowhere)


def test_topics_are_cut(crowd: Crowd) -> None:
    """ISUPPORT TOPICLEN."""
    (ann,) = crowd.inside("ann")
    assert ann.one(f"TOPIC {crowd.channel} :{'x' * 400}").text == "x" * 390
    ann.ask(f"TOPIC {crowd.channel} :{'ü' * 220}")
    line = ann.ask(f"TOPIC {crowd.channel}")[0]
    assert line.text == "ü" * len(line.text)
    assert len(line.raw.encode()) <= 510


def test_topics_and_reasons_without_formatting(crowd: Crowd) -> None:
    """A colour's digits go with its code; what joins emoji and letters stays, and blanks do."""
    ann, ben = crowd.inside("ann", "ben")
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    text = f"\x0304,12red\x03 \x02bold\x0f {family}"
    assert ann.one(f"TOPIC {crowd.channel} :{text}").text == f"red bold {family}"
    for kept in ("oui\u00a0!", "oui\u202f!", "\U0001f3f4\U000e0067\U000e007f", "\ue000", "\u0378"):
        assert ann.one(f"TOPIC {crowd.channel} :{kept}").text == kept
    assert ann.one(f"TOPIC {crowd.channel} :\u202ea\u2066\x07\x85").text == "a"
    ben.sync()
    assert ben.one(f"PART {crowd.channel} :\x0304bye").text == "bye"
    ann.sync()


def test_names(crowd: Crowd) -> None:
    ann, ben = crowd.inside("ann", "ben")
    ann.ask(f"MODE {crowd.channel} +v {ben.nick}")
    out = crowd.client("out")
    lines = out.ask(f"NAMES {crowd.channel}")
    assert lines[0].params[:3] == (out.nick, "=", crowd.channel)
    assert sorted(lines[0].text.split()) == sorted([f"@{ann.nick}", f"+{ben.nick}"])
    assert lines[1].words[:3] == ("366", out.nick, crowd.channel)
    assert words(out.ask(f"NAMES {crowd.channel}none"))[0][:3] == (
        "366", out.nick, f"{crowd.channel}none",
    )  # fmt: skip
    assert words(out.ask("NAMES"))[0][:3] == ("366", out.nick, "*")
    assert codes(out.ask(f"NAMES {crowd.channel},#none")) == ["353", "366", "366"]


def test_names_of_many_come_in_lines_that_fit(crowd: Crowd) -> None:
    (ann,) = crowd.inside("ann")
    nicks = {f"@{ann.nick}"}
    for number in range(30):
        client = crowd.client(f"a-long-nick-for-one-{number}-")
        client.join(crowd.channel)
        nicks.add(client.nick)
    lines = ann.ask(f"NAMES {crowd.channel}")
    assert all(len(line.raw) <= 510 for line in lines)
    found = [nick for line in lines if line.command == "353" for nick in line.text.split()]
    assert set(found) == nicks
    assert len(found) == len(nicks)


def test_the_invisible_are_seen_by_members_only(crowd: Crowd) -> None:
    """User mode +i; Modern IRC, NAMES and WHO message."""
    ann, ben = crowd.inside("ann", "ben")
    ben.ask(f"MODE {ben.nick} +i")
    out = crowd.client("out")
    assert out.ask(f"NAMES {crowd.channel}")[0].text == f"@{ann.nick}"
    assert [line.params[5] for line in out.ask(f"WHO {crowd.channel}")[:-1]] == [ann.nick]
    assert len(ann.ask(f"NAMES {crowd.channel}")[0].text.split()) == 2
    assert codes(out.ask(f"WHO *{ben.nick[1:]}")) == ["315"]
    assert codes(out.ask(f"WHO {ben.nick}")) == ["352", "315"]
    assert codes(ann.ask(f"WHO *{ben.nick[1:]}")) == ["352", "315"]
    assert "319" not in codes(out.ask(f"WHOIS {ben.nick}"))
    assert "319" in codes(ann.ask(f"WHOIS {ben.nick}"))


def test_kick(crowd: Crowd) -> None:
    ann, ben, cat = crowd.inside("ann", "ben", "cat")
    channel = crowd.channel
    (told,) = ann.ask(f"KICK {channel} {ben.nick} :too loud")
    for client in (ben, cat):
        (heard,) = client.sync()
        assert heard.words == told.words == ("KICK", channel, ben.nick, "too loud")
        assert heard.source == told.source
    assert ben.one(f"PRIVMSG {channel} :hey").command == "404"
    assert ann.one(f"KICK {channel} {cat.nick}").words == ("KICK", channel, cat.nick, ann.nick)
    ben.join(channel)


def test_kicks_that_may_not_be(crowd: Crowd) -> None:
    """403, 442, 482, 401, 441."""
    ann, ben = crowd.inside("ann", "ben")
    out = crowd.client("out")
    channel = crowd.channel
    assert ann.one(f"KICK {channel}none {ben.nick}").words[:3] == (
        "403",
        ann.nick,
        f"{channel}none",
    )
    assert out.one(f"KICK {channel} {ben.nick}").words[:3] == ("442", out.nick, channel)
    assert ben.one(f"KICK {channel} {ann.nick}").words[:3] == ("482", ben.nick, channel)
    assert ann.one(f"KICK {channel} nobody").words[:3] == ("401", ann.nick, "nobody")
    assert ann.one(f"KICK {channel} {out.nick}").words[:4] == ("441", ann.nick, out.nick, channel)


def test_kick_of_several(crowd: Crowd) -> None:
    """RFC 2812 section 3.2.8: one channel or as many as users; ISUPPORT TARGMAX."""
    ann, ben, cat, dan = crowd.inside("ann", "ben", "cat", "dan")
    channel, other = crowd.channel, f"{crowd.channel}b"
    ann.join(other)
    dan.join(other)
    ann.sync()
    lines = ann.ask(f"KICK {channel} {ben.nick},nobody,{cat.nick} :out")
    assert codes(lines) == ["KICK", "401", "KICK"]
    lines = ann.ask(f"KICK {channel},{other} {dan.nick},{dan.nick} :out")
    assert [line.params[0] for line in lines] == [channel, other]
    assert ann.one(f"KICK {channel},{other} {dan.nick},x,y").command == "461"


def test_reasons_are_cut(crowd: Crowd) -> None:
    """ISUPPORT KICKLEN, and a line that outgrows 512 bytes with the prefix before it."""
    ann, ben = crowd.inside("ann", "ben")
    assert ann.one(f"KICK {crowd.channel} {ben.nick} :{'x' * 420}").text == "x" * 390
    ben.join(crowd.channel)
    ann.sync()
    line = ann.one(f"KICK {crowd.channel} {ben.nick} :{'ä' * 210}")
    assert len(line.raw.encode()) <= 510
    line = ann.one(f"PART {crowd.channel} :{'x' * 420}")
    assert line.text == "x" * 390


def test_the_longest_names_fit_every_line(crowd: Crowd) -> None:
    """Nick, channel and mask as long as they may be, in letters of three bytes."""
    letter = "\u8a9e"
    ann = crowd.raw().register(letter * 20 + str(crowd.number), caps="extended-join")
    ben = crowd.raw().register(letter * 19 + f"b{crowd.number}", real_name=letter * 110)
    channel = "#" + letter * 48 + str(crowd.number)
    for client in (ann, ben):
        assert client.join(channel)[0].params[0] == channel
    ann.ask(
        f"MODE {channel} +kbb {letter * 21} {letter * 46} {letter * 45}",
        f"MODE {channel} +v {ben.nick}",
        f"TOPIC {channel} :{letter * 100}",
        f"WHO {channel}",
        f"WHOIS {ben.nick}",
        f"MODE {channel} b",
        f"KICK {channel} {ben.nick} :{letter * 50}",
        f"INVITE {ben.nick} {channel}",
        f"KICK {channel} {ben.nick}",
    )
    ben.ask("WHO *", f"JOIN {channel}", f"PRIVMSG {channel} :{letter * 80}")
    assert {"MODE", "TOPIC", "INVITE", "KICK", "JOIN"} <= {
        raw.split()[1] for raw in ben.log if raw[0] == ":"
    }
    for raw in ann.log + ben.log:
        assert len(raw.encode()) <= 510
        assert " 400 " not in raw


def test_channels_per_person(crowd: Crowd) -> None:
    """ISUPPORT CHANLIMIT; ERR_TOOMANYCHANNELS (405)."""
    ann = crowd.client("ann")
    for start in range(0, 100, 20):
        ann.ask(f"JOIN {','.join(f'{crowd.channel}-{n}' for n in range(start, start + 20))}")
    assert ann.one(f"JOIN {crowd.channel}-100").words[:3] == (
        "405",
        ann.nick,
        f"{crowd.channel}-100",
    )


@pytest.mark.parametrize("given", ["JOIN", "JOIN :", "JOIN ,,", "PART", "PART :", "PART ,"])
def test_no_channel_at_all(crowd: Crowd, given: str) -> None:
    """ERR_NEEDMOREPARAMS (461)."""
    assert crowd.client("ann").one(given).words[2:3] == (given.split()[0],)
