using System.Globalization;
using NetWhy.Diagnose.Captures;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>Name servers in a capture that are silent, slow, or answer with failure.</summary>
public sealed class CapturedNames : IRule
{
    private const int NamePort = 53;
    private const int MostKept = 16; // queries of a server, unanswered ones first
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan VerySlow = TimeSpan.FromSeconds(1); // what a single one may take that has to be looked up from the root
    private static readonly TimeSpan SlowUsually = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(
        "captured-names", Source: "RFC 1035; RFC 2308; RFC 7766",
        "dns-resolver-unreachable", "dns-slow", "dns-server-failure", "dns-refused", "dns-name-not-found", "dns-truncated-no-tcp", "dns-aaaa-dropped",
        "dns-first-resolver-dead", "dns-edns-broken", "dns-malformed-answer", "dns-spoofed-answer", "fragments-dropped");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CapturedNameServer server in evidence.All<CapturedNameServer>().Where(one => one.Server.Port == NamePort))
        {
            // What is left without an answer by its kind is not left so by chance.
            Finding? cut = InPieces(server), byKind = cut ?? EdnsBroken(server) ?? HalfDropped(server);
            Finding?[] found =
            [
                Malformed(server) ?? Replaced(server) ?? (cut is null ? Silent(evidence, server) : null),
                byKind,
                byKind is null || server.Slow > 0 ? Late(server) : null,
                Failing(server, "SERVFAIL", "dns-server-failure", "fails to resolve"),
                Failing(server, "REFUSED", "dns-refused", "refuses to resolve"),
                server.Edns.Refused > 0 ? null : Failing(server, "FORMERR", "dns-server-failure", "says that it cannot read the query for"),
                Unknown(server), CutShort(evidence, server), Contradicted(server),
            ];
            foreach (Finding? finding in found)
            {
                if (finding is not null)
                    yield return finding with { Subject = server.Server.Address, Packets = [.. finding.Packets.Where(packet => packet > 0).Distinct().Order()] };
            }
        }
    }

    private static Finding? Silent(EvidenceSet evidence, CapturedNameServer server)
    {
        long lost = LostOf(server);
        CapturedRefusal? refusal = evidence.First<CapturedRefusal>(one => one.Destination.Address.Equals(server.Server.Address) && one.Destination.Port == NamePort);
        if (server.Answered > 0 || server.Unasked > 0 || (lost <= 0 && server.Overdue == 0 && refusal is null))
            return null;
        // Only who captures what comes back knows that nothing did. Whoever asks for all again heard nothing; for some, that some
        // were answered is likelier.
        bool seesAnswers = server.AreAskersReached || evidence.All<CapturedNameServer>().Any(other => other.Answered > 0);
        if (!seesAnswers && refusal is null && server.Worst.Count(query => query.Sent > 1) < Math.Min(server.Queries, MostKept))
            return null;
        CapturedQuery[] unanswered = [.. server.Worst.Where(query => query.AnswerPacket == 0)];
        bool isEarly = lost <= 0 && refusal is null;
        List<Reason> reasons =
        [
            server.Weigh(server.Repeated > 0 ? Weight.VeryStrong : lost >= 2 ? Weight.Strong : Weight.Hint, $"{QueriesOf(server.Queries)}, sent again {Words.Count(server.Repeated, "time")}, and no answer{(isEarly ? " yet" : "")}{CapturedScene.Numbers(unanswered.Select(query => query.Packet))}"),
        ];
        if (refusal is not null)
            reasons.Add(refusal.Weigh(Weight.VeryStrong, $"{refusal.Error.Offender} says by ICMP (type {refusal.Error.Type}, code {refusal.Error.Code}) that it cannot be reached there{CapturedScene.Numbers(refusal.Packet)}"));
        if (!seesAnswers && refusal is null)
            reasons.Add(server.Weigh(Weight.Against, "nothing that goes to those who ask was captured: that no answer reaches them, only their asking again tells"));
        if (isEarly)
            reasons.Add(server.Weigh(seesAnswers ? Weight.Against : Weight.Context, "the capture ended within five seconds of the first query: an answer may have come later"));
        bool isSingle = server.Repeated == 0 && refusal is null && lost < 3; // A and AAAA are asked for at once
        return Make(
            "dns-resolver-unreachable", isSingle ? Severity.Info : isEarly ? Severity.Warning : Severity.Critical, server, $"{(seesAnswers || refusal is not null ? $"The name server {server.Server.Address} {(isEarly ? "has not answered yet" : "does not answer")}" : $"No answer of the name server {server.Server.Address} reaches those who ask it")}{(unanswered is [var first, ..] ? $": {NameOf(first)} was asked for {Words.Count(first.Sent, "time")}" : "")}.", reasons,
            unanswered.Select(query => query.Packet).Append(refusal?.Packet ?? 0));
    }

    // It answers nothing, and who asks has to wait before another one is tried, which does.
    private static Finding? Replaced(CapturedNameServer server)
    {
        const int Enough = 2; // a single one may be lost
        if (server is not { Answered: 0, Unasked: 0 } || server.Replaced < Enough)
            return null;
        CapturedQuery[] waited = [.. server.Worst.Where(query => query.AnsweredElsewhere is not null).OrderByDescending(query => query.AskedElsewhereAfter)];
        // A and AAAA of one lookup go out, and may be lost, together.
        if (waited.Length == 0 || (server.Replaced < 2 * Enough && waited.Select(query => query.Name).Distinct().Count() < Enough))
            return null;
        if (server.Worst.Any(query => query is { AnswerPacket: 0, AnsweredElsewhere: null } && !waited.Any(other => other.Name == query.Name)))
            return null;
        CapturedQuery worst = waited[0];
        return Make(
            "dns-first-resolver-dead", Severity.Warning, server,
            $"The name server {server.Server.Address} does not answer, and who asks it waits {Words.Of(worst.AskedElsewhereAfter!.Value)} before {worst.AnsweredElsewhere} is asked, which does.",
            [
                server.Weigh(server.Replaced >= 3 ? Weight.VeryStrong : Weight.Strong, $"none of {QueriesOf(server.Queries)} to it has an answer{CapturedScene.Numbers(waited.Select(query => query.Packet))}"),
                server.Weigh(Weight.Strong, $"{server.Replaced} of them were then sent to {worst.AnsweredElsewhere}, which answered"),
            ],
            waited.Select(query => query.Packet), worst);
    }

    private static Finding? Malformed(CapturedNameServer server)
    {
        CapturedQuery[] spoiled = [.. server.Worst.Where(query => query.MalformedPacket > 0)];
        if (server.Malformed == 0 || spoiled.Length == 0)
            return null;
        bool isAll = server.Answered == 0;
        return Make(
            "dns-malformed-answer", isAll ? Severity.Critical : server.Malformed * 20 >= server.Queries ? Severity.Warning : Severity.Info, server,
            $"What the name server {server.Server.Address} answers to {NameOf(spoiled[0])} cannot be read, and no resolver takes it.",
            [server.Weigh(Weight.VeryStrong, $"{Words.Count(server.Malformed, "answer")}{CapturedScene.Numbers(spoiled.Select(query => query.MalformedPacket))} {(server.Malformed == 1 ? "ends" : "end")} in the middle of the question or of a record, or {(server.Malformed == 1 ? "has" : "have")} no form, and {(server.Malformed == 1 ? "was" : "were")} captured in full; {server.Answered} of {server.Queries} queries have a sound one")],
            spoiled.SelectMany(query => (long[])[query.Packet, query.MalformedPacket]), spoiled[0]);
    }

    // The first fragment of an answer comes, and nobody who has the others asks again. A filter for port 53 hides the others from the capture.
    private static Finding? InPieces(CapturedNameServer server)
    {
        CapturedQuery[] cut = [.. server.Worst.Where(query => query is { PartPacket: > 0, Sent: > 1 })];
        if (cut.Length == 0)
            return null;
        CapturedQuery worst = cut.MaxBy(query => query.Sent)!;
        bool isOften = worst.Sent > 2 || cut.Length > 1;
        return Make(
            "fragments-dropped", isOften ? Severity.Warning : Severity.Info, server,
            $"The answer of the name server {server.Server.Address} for {NameOf(worst)} is larger than a packet, and of it only the first fragment comes here: it was asked for {Words.Count(worst.Sent, "time")}{(worst.AnswerPacket > 0 ? ", and at the last whole" : "")}.",
            [
                server.Weigh(isOften ? Weight.VeryStrong : Weight.Hint, $"of the answer{(cut.Length == 1 ? "" : "s")} to {QueriesOf(cut.Length)} no fragment but the first came{CapturedScene.Numbers(cut.Select(query => query.PartPacket))}, and who asked did so again{CapturedScene.Numbers(cut.Select(query => query.Packet))}"),
                server.Weigh(Weight.HintAgainst, "a capture of port 53 alone does not see the others, which have no ports: then an answer came, and was not taken"),
            ],
            cut.Take(4).SelectMany(query => (long[])[query.Packet, query.PartPacket, query.AnswerPacket]), worst) with
        {
            Where = Where.Path,
            AlsoExplains = ["dns-slow", "dns-edns-broken"],
            Next = [$"Does a smaller answer come, and over TCP the whole one? dig @{server.Server.Address} {ShellCommand.Word(worst.Name)} {worst.Type} +bufsize=1232; dig @{server.Server.Address} {ShellCommand.Word(worst.Name)} {worst.Type} +tcp"],
        };
    }

    private static Finding? Contradicted(CapturedNameServer server)
    {
        CapturedQuery[] twofold = [.. server.Worst.Where(query => query.OtherAnswerPacket > 0)];
        if (twofold.Length == 0)
            return null;
        return Make(
            "dns-spoofed-answer", server.Contradicted >= 2 ? Severity.Warning : Severity.Info, server,
            $"Two answers that exclude each other come to one query for {NameOf(twofold[0])}, both in the name of {server.Server.Address}: one of them is forged, or the query came there twice and it gives other addresses each time; programs take the first.",
            [
                server.Weigh(server.Contradicted >= 2 ? Weight.VeryStrong : Weight.Strong, $"{QueriesOf(server.Contradicted)} of {server.Queries}, sent once, {(server.Contradicted == 1 ? "has" : "have")} two answers without a common address{CapturedScene.Numbers(twofold.SelectMany(query => (long[])[query.AnswerPacket, query.OtherAnswerPacket]))}"),
                server.Weigh(Weight.HintAgainst, "a query that was duplicated behind this place, at a server that rotates its addresses, looks the same"),
                server.Weigh(Weight.Context, "which of both is the server's, only a capture at the server tells, or their TTLs and hardware addresses"),
            ],
            twofold.Take(4).SelectMany(query => (long[])[query.Packet, query.AnswerPacket, query.OtherAnswerPacket]), twofold[0]);
    }

    // Nothing with an OPT record is answered, or all of it as if it were broken, and what has none is.
    private static Finding? EdnsBroken(CapturedNameServer server)
    {
        CapturedEdns edns = server.Edns;
        if (edns.Answered > 0 || edns.Refused + edns.Unanswered == 0 || (edns.Refused == 0 && edns.UnansweredSends < 2))
            return null;
        // One query may have been lost, or be one that it does not like.
        if (edns.Refused + edns.Unanswered < 2 || (edns.Refused == 0 && server.Worst.Any(query => query is { HasEdns: false, AnswerPacket: 0 })))
            return null;
        bool isRefused = edns.Refused > 0;
        CapturedQuery[] refused = [.. server.Worst.Where(query => query.HasEdns && (isRefused ? query.Code is "FORMERR" or "NOTIMP" : query.AnswerPacket == 0))];
        CapturedQuery? plain = server.Worst.FirstOrDefault(query => query is { HasEdns: false, AnswerPacket: > 0, Code: "NOERROR" or "NXDOMAIN" });
        CapturedQuery? asked = refused.FirstOrDefault() ?? plain;
        string name = asked is null ? "" : $" ({NameOf(asked)})";
        return Make(
            "dns-edns-broken", edns.PlainAnswered > 0 ? Severity.Warning : Severity.Critical, server,
            isRefused
                ? $"The name server {server.Server.Address} answers {refused.FirstOrDefault()?.Code ?? "FORMERR"} to all queries with EDNS{name}{(edns.PlainAnswered > 0 ? ", and answers those without" : "; whether it answers without, these packets do not show")}."
                : $"The name server {server.Server.Address} leaves all queries with EDNS without an answer, and answers those without{name}.",
            [
                server.Weigh(isRefused || edns.UnansweredSends >= 3 ? Weight.VeryStrong : Weight.Strong, isRefused
                    ? $"{edns.Refused} queries with an OPT record were answered so, none otherwise{CapturedScene.Numbers(refused.Select(query => query.AnswerPacket))}"
                    : $"queries with an OPT record were sent {Words.Count(edns.UnansweredSends, "time")} without an answer{CapturedScene.Numbers(refused.Select(query => query.Packet))}"),
                server.Weigh(edns.PlainAnswered > 0 ? Weight.Strong : Weight.HintAgainst, edns.PlainAnswered > 0
                    ? $"without it {QueriesOf(edns.PlainAnswered)} had an answer{CapturedScene.Numbers(plain?.Packet ?? 0, plain?.AnswerPacket ?? 0)}"
                    : "nothing was asked without it: that code is also an answer to a query that is broken otherwise"),
            ],
            [.. refused.Take(4).SelectMany(query => (long[])[query.Packet, query.AnswerPacket]), plain?.Packet ?? 0, plain?.AnswerPacket ?? 0], asked) with
        {
            Next = asked is { Name.Length: > 0 } ? [$"Compare: dig @{server.Server.Address} {ShellCommand.Word(asked.Name)} {asked.Type} +noedns; dig @{server.Server.Address} {ShellCommand.Word(asked.Name)} {asked.Type} +edns=0 +nocookie"] : [],
        };
    }

    private static Finding? Late(CapturedNameServer server)
    {
        long lost = LostOf(server), missing = lost + server.Overdue;
        CapturedQuery[] late = [.. server.Worst.Where(query => query.ResponseTime >= Slow).OrderByDescending(query => query.ResponseTime)];
        CapturedQuery[] unanswered = [.. server.Worst.Where(query => query.AnswerPacket == 0)];
        bool isUsual = server.ResponseTimes is { Count: >= 3 } times && times.Median >= SlowUsually;
        bool isOften = server.Answered > 0 && lost >= 3 && lost * 20 >= server.Queries;
        bool isOverdue = !isOften && server.Answered > 0 && missing >= 3 && missing * 20 >= server.Queries;
        if (!isUsual && !isOften && !isOverdue && (server.Slow == 0 || server.Slow * 20 < server.Answered || (server.Slow < 3 && server.ResponseTimes?.Most < VerySlow)))
            return null;
        List<Reason> reasons = [];
        bool areLost = late.Length > 0 && late.Length == server.Slow && late.All(query => IsOfLostTry(server, query));
        if (areLost)
            reasons.Add(server.Weigh(Weight.VeryStrong, $"{NameOf(late[0])} {late[0].Type} was answered {Words.Of(late[0].LastResponseTime!.Value)} after it was asked for again, {Words.Of(late[0].ResponseTime!.Value)} after the first time{CapturedScene.Numbers(late[0].Packet, late[0].AnswerPacket)}"));
        else if (late is [var worst, ..])
            reasons.Add(server.Weigh(Weight.VeryStrong, $"{NameOf(worst)}{(worst.Name.Length > 0 ? $" {worst.Type}" : "")} took {Words.Of(worst.ResponseTime!.Value)}{(worst.Sent > 1 ? $" and was asked for {worst.Sent} times" : "")}{CapturedScene.Numbers(worst.Packet, worst.AnswerPacket)}"));
        if (isUsual)
            reasons.Add(server.Weigh(Weight.VeryStrong, $"half of {server.ResponseTimes!.Count} answers took {Words.Of(server.ResponseTimes.Median)} or longer"));
        if (server.Slow > 1)
            reasons.Add(server.Weigh(Weight.Strong, $"{server.Slow} of {server.Answered} answers took {Words.Of(Slow)} or longer"));
        if (isOften)
            reasons.Add(server.Weigh(Weight.VeryStrong, $"{lost} of {server.Queries} queries had no answer{(server.Overdue > 0 ? $", {server.Overdue} more had none yet" : "")}{CapturedScene.Numbers(unanswered.Select(query => query.Packet))}"));
        if (isOverdue)
            reasons.Add(server.Weigh(Weight.Strong, $"{missing} of {server.Queries} queries had no answer when the capture ended, a second or longer after them{CapturedScene.Numbers(unanswered.Select(query => query.Packet))}"));
        return Make(
            "dns-slow", Severity.Warning, server,
            isOften && server.Slow == 0
                ? $"The name server {server.Server.Address} leaves {Words.Percent(lost, server.Queries)} of the queries without an answer."
                : isOverdue && server.Slow == 0
                ? $"The name server {server.Server.Address} had not answered {Words.Percent(missing, server.Queries)} of the queries when the capture ended, a second or longer after them."
                : areLost
                ? $"The name server {server.Server.Address} answered {NameOf(late[0])} only when it was asked again, after {Words.Of(late[0].ResponseTime!.Value)}: the first query or its answer was lost, or the server gave it up{(late.Length > 1 ? $"; {late.Length} queries fared so" : "")}."
                : $"The name server {server.Server.Address} answers late: up to {Words.Of(late is [var last, ..] ? last.ResponseTime!.Value : server.ResponseTimes!.Most)}.",
            reasons, [.. late.Take(4).SelectMany(query => (long[])[query.Packet, query.AnswerPacket]), .. isOften || isOverdue ? unanswered.Take(4).Select(query => query.Packet) : []]);
    }

    // At once when it was asked again, and to the first try nothing.
    private static bool IsOfLostTry(CapturedNameServer server, CapturedQuery query)
    {
        const int Times = 4; // what others take
        return query is { Sent: > 1, Name.Length: > 0, LastResponseTime: { } last } && server.Unasked == 0 && server.ResponseTimes is { Median: var median, Count: >= 2 } && median < Slow && last <= median * Times;
    }

    private static Finding? Failing(CapturedNameServer server, string code, string cause, string says)
    {
        long count = server.ByCode.GetValueOrDefault(code);
        long all = server.Answered + server.Unasked;
        if (count == 0)
            return null;
        CapturedQuery[] failed = [.. server.Worst.Where(query => query.Code == code)];
        Severity severity = count * 5 >= all ? Severity.Critical : count >= 3 && count * 100 >= all ? Severity.Warning : Severity.Info;
        string names = string.Join(", ", failed.Select(NameOf).Distinct().Take(3));
        return Make(
            cause, severity, server, $"The name server {server.Server.Address} {says} {(names.Length > 0 ? names : "names")} ({code}).",
            [server.Weigh(Weight.VeryStrong, $"{count} of {all} answers are {code}{CapturedScene.Numbers(failed.Select(query => query.AnswerPacket))}")],
            failed.Take(4).SelectMany(query => (long[])[query.Packet, query.AnswerPacket]), failed.FirstOrDefault());
    }

    // A search list asks for names that do not exist before the one that does: only what never ends well is a fault.
    private static Finding? Unknown(CapturedNameServer server)
    {
        long count = server.ByCode.GetValueOrDefault("NXDOMAIN");
        CapturedQuery[] missing = [.. server.Worst.Where(query => query.Code is "NXDOMAIN" && !query.Name.EndsWith(".arpa.", StringComparison.OrdinalIgnoreCase) && !query.Name.EndsWith(".arpa", StringComparison.OrdinalIgnoreCase))];
        if (count == 0 || missing.Length == 0)
            return null;
        bool isAll = server.ByCode.GetValueOrDefault("NOERROR") == 0 && missing.Length == count;
        return Make(
            "dns-name-not-found", isAll ? Severity.Warning : Severity.Info, server, $"{string.Join(", ", missing.Select(NameOf).Distinct().Take(3))}: there {(missing.Select(query => query.Name).Distinct().Count() == 1 ? "is no such name" : "are no such names")}, says {server.Server.Address} (NXDOMAIN).",
            [server.Weigh(isAll ? Weight.VeryStrong : Weight.Strong, $"{count} of {server.Answered} answers are NXDOMAIN{CapturedScene.Numbers(missing.Select(query => query.AnswerPacket))}")],
            missing.Take(4).SelectMany(query => (long[])[query.Packet, query.AnswerPacket]));
    }

    // The resolver answers, and one type of query has no answer however often it is asked for: not even that there is none.
    private static Finding? HalfDropped(CapturedNameServer server)
    {
        const int Persistence = 3; // times
        CapturedQuery[] dropped = [.. server.Worst.Where(query => query is { AnswerPacket: 0, Type: "AAAA" })];
        bool isOther = server.Worst.Any(query => query.AnswerPacket == 0 && query.Type != "AAAA");
        long sends = dropped.Sum(query => query.Sent);
        // One that was asked for often tells as much as several names of which each was, where as many others are answered.
        bool isPersistent = dropped.Any(query => query.Sent >= Persistence) || (sends >= Persistence && dropped.Any(query => query.Sent > 1) && server.Answered >= Persistence && server.AnsweredByType.GetValueOrDefault("AAAA") == 0);
        if (server.Answered == 0 || isOther || !isPersistent)
            return null;
        CapturedQuery? sibling = server.Worst.FirstOrDefault(query => query is { AnswerPacket: > 0, Type: "A" } && query.Name == dropped[0].Name);
        return Make(
            "dns-aaaa-dropped", Severity.Warning, server, $"The name server {server.Server.Address} does not answer AAAA queries for {string.Join(", ", dropped.Select(query => query.Name).Distinct().Take(3))}, while it answers others.",
            [
                server.Weigh(Weight.Strong, $"{(dropped.Length == 1 ? dropped[0].Name : $"{dropped.Length} names of type")} AAAA {(dropped.Length == 1 ? "was" : "were")} asked for {Words.Count(sends, "time")} without an answer{CapturedScene.Numbers(dropped.Select(query => query.Packet))}"),
                server.Weigh(Weight.Strong, sibling is null
                    ? $"{server.Answered} other queries were answered"
                    : $"its A query was answered after {Words.Of(sibling.ResponseTime!.Value)}{CapturedScene.Numbers(sibling.Packet, sibling.AnswerPacket)}"),
            ],
            [.. dropped.Select(query => query.Packet), sibling?.AnswerPacket ?? 0], dropped[0]);
    }

    private static Finding? CutShort(EvidenceSet evidence, CapturedNameServer server)
    {
        if (server.Truncated == 0)
            return null;
        CapturedConversation? vain = evidence.First<CapturedConversation>(one =>
            one.Server.Equals(server.Server) && one.FromServer.Octets == 0 && (one.FromClient.Syns >= 2 || one.Resets.Any(reset => reset.RefusesOpening)));
        if (vain is null)
            return null;
        Finding finding = Make(
            "dns-truncated-no-tcp", Severity.Critical, server, $"The name server {server.Server.Address} truncates answers and does not serve TCP, where the rest would be.",
            [
                server.Weigh(Weight.Strong, $"{Words.Count(server.Truncated, "answer")} with TC=1"),
                vain.Weigh(Weight.VeryStrong, vain.Resets.FirstOrDefault(reset => reset.RefusesOpening) is { } refusal
                    ? $"TCP to port 53 is refused by a RST{CapturedScene.Numbers(vain.FirstPacket, refusal.Packet)}"
                    : $"TCP to port 53 is not answered{CapturedScene.Numbers(vain.FirstPacket)}"),
            ],
            [vain.FirstPacket]);
        return finding with { Stream = vain.Stream, AlsoExplains = ["port-filtered", "port-closed", "port-rejected"] };
    }

    private static long LostOf(CapturedNameServer server) => server.Queries - server.Answered - server.Open;

    private static ShellCommand CommandFor(CapturedNameServer server, CapturedQuery? query) => query switch
    {
        { Name.Length: > 0, Type: "*" } => ShellCommand.Of($"dig @{server.Server.Address} {query.Name} ANY +tries=1"),
        { Name.Length: > 0, Type: not "A" } => ShellCommand.Of($"dig @{server.Server.Address} {query.Name} {query.Type} +tries=1"),
        { Name.Length: > 0 } => ShellCommand.Of($"dig @{server.Server.Address} {query.Name} +tries=1"),
        _ => ShellCommand.Of($"dig @{server.Server.Address} . +tries=1"),
    };

    private static string QueriesOf(long count) => count == 1 ? "1 query" : string.Create(CultureInfo.InvariantCulture, $"{count} queries");

    private static string NameOf(CapturedQuery query) => query.Name.Length > 0 ? query.Name : "a name that the capture cut off";

    private static Finding Make(string cause, Severity severity, CapturedNameServer server, string summary, IEnumerable<Reason> reasons, IEnumerable<long> packets, CapturedQuery? about = null) =>
        new(cause, severity, Where.Resolver, summary, [.. reasons])
        {
            Packets = [.. packets],
            Remedies = [new Remedy("Ask it again, with every detail.", CommandFor(server, about ?? (server.Worst.Count > 0 ? server.Worst[0] : null)))],
        };
}
