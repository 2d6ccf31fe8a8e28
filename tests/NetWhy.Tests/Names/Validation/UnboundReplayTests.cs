using System.Globalization;
using System.Net;
using NetWhy.Names;
using NetWhy.Tests.Wire;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>The scenarios of unbound's tests of validation, through a network of recorded servers, agree with what unbound answers.</summary>
public sealed class UnboundReplayTests(ITestOutputHelper output)
{
    // Why a scenario says nothing about this validator, or what it does otherwise on purpose.
    private static readonly Dictionary<string, string> LeftOut = new(StringComparer.Ordinal)
    {
        ["val_anchor_nx_nosig"] = "here a signer above the trust anchor cannot deny what is below it (bogus); to unbound it is merely not validated",
        ["val_ds_gost"] = "GOST is not supported: no validator may rely on it (RFC 8624)",
        ["val_cnameqtype_qmin"] = "the servers answer each question once; unbound makes the later answers of what it has in its cache",
        ["val_negcache_nxdomain"] = "unbound answers of the NSEC records in its cache, no server does (RFC 8198)",
        ["val_negcache_ttl"] = "as val_negcache_nxdomain",
        ["val_negcache_ttl_prefetch"] = "as val_negcache_nxdomain",
        ["val_dnametoolong"] = "here a DNAME that leads to too long a name is secure if it is signed; unbound does not validate YXDOMAIN",
    };

    [Fact]
    public async Task Scenarios_of_validation_end_as_unbound_ends_them()
    {
        string folder = DnsSharedData.At("unbound-testdata");
        int agreed = 0, checks = 0;
        List<string> differing = [], skipped = [];
        foreach (string file in Directory.GetFiles(folder, "val_*.*rpl").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            var scenario = ReplayScenario.Read(file);
            if ((LeftOut.GetValueOrDefault(name) ?? scenario.Unsupported) is { } reason)
            {
                skipped.Add($"{name}: {reason}");
                continue;
            }

            List<string> wrong = await RunAsync(scenario, skipped, name, TestContext.Current.CancellationToken);
            checks += scenario.Steps.Count(step => step.Kind == "CHECK_ANSWER");
            if (wrong.Count == 0)
                agreed++;
            else
                differing.AddRange(wrong.Select(line => $"{name} {line}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{agreed} scenarios agree ({checks} answers), {skipped.Count} skipped"));
        foreach (string line in skipped)
            output.WriteLine($"skipped {line}");
        foreach (string line in differing)
            output.WriteLine($"DIFFERS {line}");
        Assert.Empty(differing);
    }

    private static async Task<List<string>> RunAsync(ReplayScenario scenario, List<string> skipped, string name, CancellationToken cancellationToken)
    {
        var network = new ReplayNetwork(scenario);
        var source = new AnswersOfBefore(SourceOf(scenario, network));
        List<string> wrong = [];
        ReplayEntry? query = null;
        foreach (ReplayStep step in scenario.Steps)
        {
            if (step.Kind == "QUERY")
            {
                query = step.Entry;
                network.Step = step.Number;
            }

            if (step.Kind != "CHECK_ANSWER" || query is null || step.Entry is null)
                continue;
            if (query.Reply.Contains("CD") || !query.Reply.Contains("RD"))
            {
                skipped.Add($"{name} step {step.Number}: {(query.Reply.Contains("CD") ? "asks for no validation" : "asks a cache only")}");
                continue;
            }

            var validator = new Validator(source, scenario.Anchors, new FixedClock(scenario.Now), new ValidatorOptions
            {
                Algorithms = new OldAlgorithms(),
                AsksAhead = false,
            });
            NetWhy.Names.Validation validation = await validator.ValidateAsync(query.Name, query.Type, cancellationToken);
            // Where unbound says no more than "bogus", this validator may say more.
            string? error = step.Entry.Match.FirstOrDefault(word => word.StartsWith("ede=", StringComparison.Ordinal) && word != "ede=6");
            if (error is not null && validation.Problem is not null
                && $"ede={(int)validation.Problem.ExtendedError}" != error)
            {
                wrong.Add($"step {step.Number} {query.Name} {query.Type.Mnemonic}: expected {error}, got {(int)validation.Problem.ExtendedError}: {validation.Problem}");
            }

            string expected = Expect(step.Entry, query), got = Describe(validation, expected);
            if (got != expected)
                wrong.Add($"step {step.Number} {query.Name} {query.Type.Mnemonic}: expected {expected}, got {validation.Status} {validation.ResponseCode.Mnemonic} {validation.Problem?.Reason}: {validation.Problem}");
        }

        return wrong;
    }

    private static IRecordSource SourceOf(ReplayScenario scenario, ReplayNetwork network)
    {
        if (scenario.Forwarder is { } forwarder)
            return new ForwardingSource(network, [new DnsServer(forwarder)], TimeSpan.FromSeconds(1));

        var source = new IteratingSource(network, ServersAt(scenario.RootServers), TimeSpan.FromSeconds(1));
        foreach ((DomainName zone, List<IPAddress> servers) in scenario.Stubs)
            source.Know(zone, ServersAt(servers));
        return source;
    }

    private static DnsServer[] ServersAt(List<IPAddress> addresses) => [.. addresses.Select(address => new DnsServer(address))];

    private static string Expect(ReplayEntry answer, ReplayEntry query) => answer.Code is DnsResponseCode.ServerFailure
        ? "refused"
        : $"{(answer.Reply.Contains("AD") ? "secure" : query.Reply.Contains("DO") || query.Reply.Contains("AD") ? "insecure" : "not refused")} {answer.Code.Mnemonic}";

    // To unbound, what no anchor is above is insecure, and what could not be had is an error like any other.
    private static string Describe(NetWhy.Names.Validation validation, string expected)
    {
        bool isRefused = validation.Status is ValidationStatus.Bogus
            || (validation.Status is ValidationStatus.Indeterminate && validation.Problem!.Reason is not ValidationReason.NoTrustAnchor);
        string status = isRefused ? "refused"
            : expected.StartsWith("not refused", StringComparison.Ordinal) ? "not refused"
            : validation.Status is ValidationStatus.Secure ? "secure"
            : "insecure";
        return isRefused ? status : $"{status} {validation.ResponseCode.Mnemonic}";
    }
}
