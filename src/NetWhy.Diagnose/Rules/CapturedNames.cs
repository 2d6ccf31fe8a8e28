using System.Collections.Immutable;
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
        "dns-resolver-unreachable", "dns-slow", "dns-server-failure", "dns-refused", "dns-name-not-found", "dns-truncated-no-tcp", "dns-aaaa-dropped");

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        foreach (CapturedNameServer server in evidence.All<CapturedNameServer>().Where(one => one.Server.Port == NamePort))
        {
            foreach (Finding? finding in (Finding?[])[Silent(evidence, server), Late(server), Failing(server, "SERVFAIL", "dns-server-failure", "fails to resolve"), Failing(server, "REFUSED", "dns-refused", "refuses to resolve"), Unknown(server), CutShort(evidence, server), HalfDropped(server)])
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
            server.Weigh(server.Repeated > 0 ? Weight.VeryStrong : lost >= 2 ? Weight.Strong : Weight.Hint, $"{(server.Queries == 1 ? "1 query" : $"{server.Queries} queries")}, sent again {Words.Count(server.Repeated, "time")}, and no answer{(isEarly ? " yet" : "")}{CapturedScene.Numbers(unanswered.Select(query => query.Packet))}"),
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
            failed.Take(4).SelectMany(query => (long[])[query.Packet, query.AnswerPacket]));
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
        CapturedQuery[] dropped = [.. server.Worst.Where(query => query is { AnswerPacket: 0, Sent: >= Persistence, Type: "AAAA" })];
        bool isOther = server.Worst.Any(query => query.AnswerPacket == 0 && query.Type != "AAAA");
        if (server.Answered == 0 || dropped.Length == 0 || isOther)
            return null;
        CapturedQuery? sibling = server.Worst.FirstOrDefault(query => query is { AnswerPacket: > 0, Type: "A" } && query.Name == dropped[0].Name);
        return Make(
            "dns-aaaa-dropped", Severity.Warning, server, $"The name server {server.Server.Address} does not answer AAAA queries for {string.Join(", ", dropped.Select(query => query.Name).Distinct().Take(3))}, while it answers others.",
            [
                server.Weigh(Weight.Strong, $"{dropped[0].Name} AAAA was asked for {Words.Count(dropped[0].Sent, "time")} without an answer{CapturedScene.Numbers(dropped.Select(query => query.Packet))}"),
                server.Weigh(Weight.Strong, sibling is null
                    ? $"{server.Answered} other queries were answered"
                    : $"its A query was answered after {Words.Of(sibling.ResponseTime!.Value)}{CapturedScene.Numbers(sibling.Packet, sibling.AnswerPacket)}"),
            ],
            [.. dropped.Select(query => query.Packet), sibling?.AnswerPacket ?? 0]);
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
                vain.Weigh(Weight.VeryStrong, $"TCP to port 53 is not answered{CapturedScene.Numbers(vain.FirstPacket)}"),
            ],
            [vain.FirstPacket]);
        return finding with { Stream = vain.Stream, AlsoExplains = ["port-filtered", "port-closed", "port-rejected"] };
    }

    private static long LostOf(CapturedNameServer server) => server.Queries - server.Answered - server.Open;

    private static string NameOf(CapturedQuery query) => query.Name.Length > 0 ? query.Name : "a name that the capture cut off";

    private static Finding Make(string cause, Severity severity, CapturedNameServer server, string summary, IEnumerable<Reason> reasons, IEnumerable<long> packets) =>
        new(cause, severity, Where.Resolver, summary, [.. reasons])
        {
            Packets = [.. packets],
            Remedies = [new Remedy("Ask it again, with every detail.", ShellCommand.Of($"dig @{server.Server.Address} {(server.Worst is [{ Name.Length: > 0 } first, ..] ? first.Name : ".")} +tries=1"))],
        };
}
