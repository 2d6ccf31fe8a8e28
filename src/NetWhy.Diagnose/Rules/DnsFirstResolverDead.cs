using NetWhy.Evidence;

namespace NetWhy.Diagnose.Rules;

/// <summary>A server that does not answer stands before one that does: every lookup waits for it in vain.</summary>
public sealed class DnsFirstResolverDead : IRule
{
    private const string Id = "dns-first-resolver-dead";

    private static readonly TimeSpan Felt = TimeSpan.FromSeconds(0.5); // below, nobody minds

    /// <inheritdoc/>
    public RuleInfo Info { get; } = new(Id, Source: "resolv.conf(5), \"timeout\"; glibc, resolv/res_send.c", Id)
    {
        Explains = ["dns-slow"],
    };

    /// <inheritdoc/>
    public IEnumerable<Finding> Evaluate(EvidenceSet evidence)
    {
        var view = DnsView.Of(evidence);
        ServerView[] alive = [.. view.Servers.Where(server => server.GoodAnswers.Any() || IsGreeted(view, server))];
        if (alive.Length == 0)
            yield break;

        int firstAlive = view.Servers.IndexOf(alive[0]);
        bool rotates = view.Configuration is { Rotate: true };
        ServerView[] dead =
        [
            .. view.Servers.Where((server, index) =>
                (index < firstAlive || rotates) && !alive.Contains(server) && (server.IsDead || IsUseless(server))),
        ];
        foreach (ServerView server in dead.Take(1))
            yield return Describe(view, server, dead.Length, alive[0], rotates);
    }

    private static bool IsGreeted(DnsView view, ServerView server) =>
        view.IsAboutThisMachine && server.Greeting is { Outcome: DnsOutcome.Answered };

    // It answers, and never with anything of use.
    private static bool IsUseless(ServerView server) =>
        server.IsSilentAboutTheName || (server.Answers.Any() && !server.GoodAnswers.Any());

    private static Finding Describe(DnsView view, ServerView server, int dead, ServerView good, bool rotates)
    {
        TimeSpan cost = view.Resolution is { ApplicationTime: var total }
            ? total - (good.GoodAnswers.Max(exchange => exchange.ResponseTime) ?? TimeSpan.Zero)
            : view.Configuration?.Timeout ?? TimeSpan.Zero;
        DnsExchange? first = server.LongestSilence ?? server.Refusal ?? server.Answers.FirstOrDefault();
        if (rotates && first is { Outcome: DnsOutcome.TimedOut })
            cost = view.Configuration!.Timeout;

        bool isFelt = cost >= Felt;
        List<Reason> reasons = [];
        if (first is not null)
        {
            reasons.Add(first.Weigh(
                Weight.VeryStrong,
                first.Outcome is DnsOutcome.Answered
                    ? $"{server.Address} answers only {first.ResponseCode}"
                    : server.Failure));
        }

        if (good.GoodAnswers.FirstOrDefault() is { } answer)
        {
            reasons.Add(answer.Weigh(
                Weight.Strong,
                $"{good.Address} answers the same question in {DnsView.InWords(answer.ResponseTime ?? answer.Elapsed)}"));
        }
        else if (good.Greeting is { } greeting)
        {
            reasons.Add(greeting.Weigh(Weight.Strong, $"{good.Address} answers in {DnsView.InWords(greeting.Elapsed)}"));
        }

        if (view.Resolution is { } resolution && isFelt)
        {
            reasons.Add(resolution.Weigh(
                Weight.Hint, $"an application waits {DnsView.InWords(resolution.ApplicationTime)} for {view.Host}"));
        }

        string path = view.SettingsPath;
        bool isGiven = view.Configuration is { HasGivenServers: true };
        string which = view.Servers[0] == server ? "first name server" : "name server";
        string price = !isFelt ? "the next one is asked at once, so it costs no time"
            : rotates ? $"{dead} of {view.Servers.Length} lookups wait {DnsView.InWords(cost)} for it (options rotate)"
            : $"every lookup waits {DnsView.InWords(cost)} before {good.Address} is asked";
        return new Finding(
            Id,
            isFelt && !view.ProxyResolves ? Severity.Warning : Severity.Info,
            server.CannotBeSentTo ? Where.Local : Where.Resolver,
            $"The {which} {(isGiven ? "given by --server" : $"in {path}")}, {server.Address}, does not serve: {price}.",
            [.. reasons])
        {
            Remedies = isGiven ? [] :
            [
                new Remedy(
                    $"Take the line of {server.Address} out of {path}, or move it behind the others.",
                    Fix.Edit(path, $"/^nameserver[[:space:]]*{server.Address}/d")),
                new Remedy(
                    "Make the wait short for the next time.",
                    $"echo 'options timeout:1 attempts:2' >> {path}"),
            ],
            Next = [$"On {server.Address}: does the name server run (ss -lunp 'sport = :53')?"],
        };
    }
}
