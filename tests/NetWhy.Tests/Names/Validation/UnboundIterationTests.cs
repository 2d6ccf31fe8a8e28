using System.Globalization;
using System.Net;
using NetWhy.Names;
using NetWhy.Tests.Wire;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

/// <summary>The scenarios of unbound's tests of iteration, through a network of recorded servers: the answers are those that unbound gives.</summary>
public sealed class UnboundIterationTests(ITestOutputHelper output)
{
    // Why a scenario, or a step of one, says nothing about this iteration, or what it does otherwise.
    private static readonly Dictionary<string, string> LeftOut = new(StringComparer.Ordinal)
    {
        ["iter_auth_tc"] = "an answer that says by TCP, too, that it was cut is taken for what it holds; unbound gives up",
        ["iter_cycle_noh"] = "an option of unbound: glue of other zones is believed (harden-glue: no)",
        ["iter_dname_insec step 220902"] = "aliases that lead in a circle are a failure here; unbound answers with the circle",
        ["iter_dname_ttl step 50"] = "of unbound's cache: the DNAME of before answers",
        ["iter_dname_ttl0_grace"] = "as iter_dname_ttl",
        ["iter_domain_sale"] = "of unbound's cache: delegations expire; a source here lives for one command",
        ["iter_domain_sale_nschange"] = "as iter_domain_sale",
        ["iter_ds_locate_ns_cname"] = "the alias in place of a DS record is followed here; unbound does not answer with it",
        ["iter_fwdfirst"] = "an option of unbound: the authorities are asked where a forwarder fails",
        ["iter_fwdstubauth"] = "an option of unbound: a zone from a file",
        ["iter_ghost_ns_childapex"] = "of unbound's cache: delegations expire",
        ["iter_ghost_timewindow"] = "as iter_ghost_ns_childapex",
        ["iter_lame_nosoa step 40"] = "a server that refers to its own zone is lame here; unbound takes it for one that has no such records",
        ["iter_nat64_prefix"] = "an option of unbound: servers by IPv4 are asked through NAT64",
        ["iter_pcdiff"] = "where the servers of the delegation fail, unbound asks those that the zone itself names as well",
        ["iter_pcnamerec"] = "as iter_pcdiff",
        ["iter_prefetch_ns"] = "of unbound's cache: what is about to expire is asked again",
        ["iter_privaddr"] = "an option of unbound: private addresses are taken out of answers",
        ["iter_scrub_dname_insec"] = "of unbound's cache: the DNAME of before answers",
        ["iter_scrub_dname_rev"] = "as iter_scrub_dname_insec",
        ["iter_scrub_dname_sec"] = "as iter_scrub_dname_insec",
        ["iter_stubfirst"] = "an option of unbound: the delegation is used where the servers of a stub fail",
        ["iter_unverified_glue"] = "an option of unbound: glue is looked up before it is used (harden-unverified-glue)",
    };

    [Fact]
    public async Task Answers_are_those_of_unbound()
    {
        string folder = DnsSharedData.At("unbound-testdata");
        int agreed = 0, checks = 0;
        List<string> differing = [], skipped = [];
        foreach (string file in Directory.GetFiles(folder, "iter_*.rpl").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            var scenario = ReplayScenario.Read(file);
            string? order = scenario.Steps.Exists(one => one.Kind is "REPLY" or "CHECK_OUT_QUERY") ? "it prescribes each query that unbound sends, in their order" : null;
            if ((LeftOut.GetValueOrDefault(name) ?? scenario.Unsupported ?? order) is { } reason)
            {
                skipped.Add($"{name}: {reason}");
                continue;
            }

            (List<string> wrong, int compared) = await RunAsync(scenario, TestContext.Current.CancellationToken);
            checks += compared;
            agreed += wrong.Count == 0 ? 1 : 0;
            foreach (string line in wrong.Select(line => $"{name} {line}"))
            {
                string? known = LeftOut.Where(pair => line.StartsWith($"{pair.Key} ", StringComparison.Ordinal)).Select(pair => pair.Value).FirstOrDefault();
                (known is null ? differing : skipped).Add(known is null ? line : $"{line[..line.IndexOf(':', StringComparison.Ordinal)]}: {known}");
            }
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{agreed} scenarios agree ({checks} answers), {skipped.Count} left out"));
        foreach (string line in skipped)
            output.WriteLine($"left out {line}");
        Assert.True(differing.Count == 0, string.Join('\n', differing));
        Assert.True(agreed > 40, $"{agreed} scenarios agree");
    }

    private static async Task<(List<string> Wrong, int Compared)> RunAsync(ReplayScenario scenario, CancellationToken cancellationToken)
    {
        var network = new ReplayNetwork(scenario);
        var source = new IteratingSource(network, ServersAt(scenario.RootServers), TimeSpan.FromSeconds(1)) { UsesIPv6 = scenario.UsesIPv6 };
        foreach ((DomainName zone, List<IPAddress> servers) in scenario.Stubs)
            source.Know(zone, ServersAt(servers));
        // Without anchors a validator follows aliases, and has no other opinion.
        var validator = new Validator(new AnswersOfBefore(source), new TrustAnchors(), new FixedClock(scenario.Now), new ValidatorOptions { AsksAhead = false });

        List<string> wrong = [];
        int compared = 0;
        ReplayEntry? query = null;
        foreach (ReplayStep step in scenario.Steps)
        {
            if (step.Kind == "QUERY")
            {
                query = step.Entry;
                network.Step = step.Number;
            }

            if (step.Kind != "CHECK_ANSWER" || query is null || step.Entry is not { } expected || !query.Reply.Contains("RD"))
                continue;
            if (!expected.Match.Overlaps(["all", "answer"]))
                continue; // nothing is said of the answer

            NetWhy.Names.Validation answer = await validator.ValidateAsync(query.Name, query.Type, cancellationToken);
            compared++;
            string should = Describe(expected.Code, expected.Records.Where(pair => pair.Section is DnsSection.Answer).Select(pair => (pair.Record.Owner, pair.Record.Type, (ReadOnlyMemory<byte>)pair.Record.Data)));
            bool isFailure = answer.Problem is { Reason: ValidationReason.NoAnswer or ValidationReason.ServerError or ValidationReason.BrokenMessage or ValidationReason.AliasLoop };
            string does = isFailure
                ? Describe(DnsResponseCode.ServerFailure, [])
                : Describe(answer.ResponseCode, answer.Answer.SelectMany(one => one.Set.Data.Select(data => (one.Set.Owner, one.Set.Type, data))));
            if (should != does)
                wrong.Add($"step {step.Number} {query.Name} {query.Type.Mnemonic}: expected {should}, got {does} {(isFailure ? answer.Problem : null)}");
        }

        return (wrong, compared);
    }

    // The CNAME that is made from a DNAME is not compared: a validator makes its own.
    private static string Describe(DnsResponseCode code, IEnumerable<(DomainName Owner, DnsRecordType Type, ReadOnlyMemory<byte> Data)> records)
    {
        (DomainName Owner, DnsRecordType Type, ReadOnlyMemory<byte> Data)[] all = [.. records];
        return string.Join(
            ", ",
            all.Where(record => record.Type is not DnsRecordType.RRSIG)
                .Where(record => record.Type is not DnsRecordType.CNAME || !all.Any(other => other.Type is DnsRecordType.DNAME && record.Owner.IsBelow(other.Owner)))
                .Select(record => $"{record.Owner} {record.Type.Mnemonic} {Convert.ToHexString(record.Data.Span)}".ToLowerInvariant())
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Prepend(code.Mnemonic));
    }

    private static DnsServer[] ServersAt(IEnumerable<IPAddress> addresses) => [.. addresses.Select(address => new DnsServer(address))];
}
