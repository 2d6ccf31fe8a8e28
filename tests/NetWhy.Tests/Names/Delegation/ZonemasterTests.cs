using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Names;
using NetWhy.Tests.Wire;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Names.Delegation;

/// <summary>Surveys of the servers that Zonemaster recorded find what Zonemaster expects of its scenarios, as far as both speak of the same.</summary>
public sealed class ZonemasterTests(ITestOutputHelper output)
{
    // What a survey can say, in Zonemaster's words, by its test cases. What is expected beside that is not compared:
    //   dnssec03  NSEC3 parameters of each server: a survey asks for none, and the validator judges those of the answers it gets
    //   zone09    what MX records mean for mail (null MX, targets at the root): not a matter of delegation
    //   zone11    the grammar of SPF: likewise
    private static readonly Dictionary<string, Func<DelegationSurvey, DomainName, IEnumerable<string>>> Vocabulary = new(StringComparer.Ordinal)
    {
        ["address01"] = TagsOfScopes,
        ["delegation01"] = TagsOfCounts,
        ["delegation03"] = (survey, zone) => [Has(survey, zone, DelegationFault.ReferralTooLong) ? "REFERRAL_SIZE_TOO_LARGE" : "REFERRAL_SIZE_OK"],
        ["consistency05"] = TagsOfAddresses,
        ["consistency06"] = TagsOfPrimaries,
        ["zone09"] = TagsOfMail,
        ["zone11"] = TagsOfText,
    };

    private static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["address01"] = ["A01_ADDR_NOT_GLOBALLY_REACHABLE", "A01_LOCAL_USE_ADDR", "A01_DOCUMENTATION_ADDR", "A01_GLOBALLY_REACHABLE_ADDR", "A01_NO_GLOBALLY_REACHABLE_ADDR", "A01_NO_NAME_SERVERS_FOUND"],
        ["zone09"] = ["Z09_NO_RESPONSE_MX_QUERY", "Z09_UNEXPECTED_RCODE_MX", "Z09_NON_AUTH_MX_RESPONSE", "Z09_INCONSISTENT_MX", "Z09_INCONSISTENT_MX_DATA"],
        ["zone11"] = ["Z11_INCONSISTENT_SPF_POLICIES", "Z11_UNABLE_TO_CHECK_FOR_SPF"],
    };

    // What differs, and why.
    private static readonly Dictionary<string, string> Differing = new(StringComparer.Ordinal)
    {
        ["SAME-SPF-DIFFERENT-TXT"] = "the servers do answer differently, only not in the record that is about mail",
    };

    // Scenarios of recordings that come without expectations, from Zonemaster-Engine's t/Test-*.t: those that its own implementation can test.
    private const string More = """
        consistency05 ns1=127.1.0.1,ns1=fda1:b2:c3::127:1:0:1,ns2=127.1.0.2,ns2=fda1:b2:c3::127:1:0:2
        addresses-match-1.consistency05.xa ADDRESSES_MATCH
        addresses-match-2.consistency05.xa ADDRESSES_MATCH
        addresses-match-3.consistency05.xa ADDRESSES_MATCH CHILD_NS_FAILED
        addresses-match-4.consistency05.xa ADDRESSES_MATCH CHILD_NS_FAILED
        addresses-match-5.consistency05.xa ADDRESSES_MATCH NO_RESPONSE
        child.addresses-match-6.consistency05.xa ADDRESSES_MATCH
        addresses-match-7.consistency05.xa ADDRESSES_MATCH
        ib-addr-mismatch-1.consistency05.xa IN_BAILIWICK_ADDR_MISMATCH EXTRA_ADDRESS_CHILD
        ib-addr-mismatch-2.consistency05.xa IN_BAILIWICK_ADDR_MISMATCH
        extra-address-child.consistency05.xa EXTRA_ADDRESS_CHILD
        child.oob-addr-mismatch.consistency05.xa OUT_OF_BAILIWICK_ADDR_MISMATCH
        child-zone-lame-2.consistency05.xa CHILD_ZONE_LAME CHILD_NS_FAILED
        consistency06 ns1=127.1.0.1,ns1=fda1:b2:c3::127:1:0:1,ns2=127.1.0.2,ns2=fda1:b2:c3::127:1:0:2
        one-soa-mname-1.consistency06.xa ONE_SOA_MNAME
        one-soa-mname-2.consistency06.xa ONE_SOA_MNAME NO_RESPONSE
        one-soa-mname-3.consistency06.xa ONE_SOA_MNAME NO_RESPONSE_SOA_QUERY
        multiple-soa-mnames-1.consistency06.xa MULTIPLE_SOA_MNAMES
        multiple-soa-mnames-2.consistency06.xa MULTIPLE_SOA_MNAMES NO_RESPONSE
        delegation01 root-ns1.xa=127.16.1.27,root-ns2.xa=fda1:b2:c3::127:16:1:28
        enough-1.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        enough-2.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        enough-3.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        enough-child-not-del.delegation01.xa NOT_ENOUGH_NS_DEL ENOUGH_NS_CHILD NOT_ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD NOT_ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        no-ipv4-1.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD NO_IPV4_NS_DEL NO_IPV4_NS_CHILD ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        no-ipv4-2.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD NO_IPV4_NS_DEL NO_IPV4_NS_CHILD ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        no-ipv4-3.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD NO_IPV4_NS_DEL NO_IPV4_NS_CHILD ENOUGH_IPV6_NS_DEL ENOUGH_IPV6_NS_CHILD
        no-ipv6-1.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD NO_IPV6_NS_DEL NO_IPV6_NS_CHILD
        no-ipv6-2.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD NO_IPV6_NS_DEL NO_IPV6_NS_CHILD
        no-ipv6-3.delegation01.xa ENOUGH_NS_DEL ENOUGH_NS_CHILD ENOUGH_IPV4_NS_DEL ENOUGH_IPV4_NS_CHILD NO_IPV6_NS_DEL NO_IPV6_NS_CHILD
        """;

    [Fact]
    public async Task Findings_are_those_that_are_expected_of_the_recordings()
    {
        string folder = DnsSharedData.At("zonemaster-recorded");
        List<string> problems = [];
        int compared = 0;
        foreach (Recorded recorded in ReadExpectations(folder).Concat(ReadMore(folder)))
        {
            if (!Vocabulary.TryGetValue(recorded.Case, out Func<DelegationSurvey, DomainName, IEnumerable<string>>? tagsOf))
                continue;

            var recording = ZonemasterRecording.Read($"{folder}/{recorded.File}");
            foreach (Expected expected in recorded.Scenarios.Where(expected => !Differing.ContainsKey(expected.Name)))
            {
                Assert.True(DomainName.TryParse(expected.Zone, out DomainName zone), expected.Zone);
                DelegationSurvey survey = await new DelegationSurveyor(recording).SurveyAsync(
                    zone, TypeOf(recorded.Case), recorded.Roots, DomainName.Root, TestContext.Current.CancellationToken);
                HashSet<string> found = [.. tagsOf(survey, zone)];
                string[] known = Known.GetValueOrDefault(recorded.Case, []);
                string[] missing = [.. (expected.Mandatory ?? []).Where(tag => known.Length == 0 || known.Contains(tag)).Except(found)];
                // What is neither wanted nor forbidden by name is forbidden where the scenario says only what it wants, and the other way around.
                string[] wrong = [.. expected.Forbidden is { } forbidden ? found.Intersect(forbidden) : found.Except(expected.Mandatory ?? [])];
                compared++;
                if (missing.Length + wrong.Length == 0)
                    continue;
                problems.Add($"{expected.Zone}: missing [{string.Join(' ', missing)}] wrong [{string.Join(' ', wrong)}]");
                foreach (DelegationFinding finding in survey.Findings)
                    output.WriteLine($"{expected.Zone}: {finding.Fault}: {finding}");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
        Assert.True(compared >= 60, $"{compared} scenarios were compared");
    }

    private static DnsRecordType TypeOf(string testCase) => testCase switch
    {
        "zone09" => DnsRecordType.MX,
        "zone11" => DnsRecordType.TXT,
        _ => DnsRecordType.SOA,
    };

    private static List<Recorded> ReadExpectations(string folder)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes($"{folder}/expectations.json"));
        List<Recorded> all = [];
        foreach (JsonProperty file in document.RootElement.EnumerateObject())
        {
            NamedServer[] roots = [.. file.Value.GetProperty("roots").EnumerateObject()
                .SelectMany(root => root.Value.EnumerateArray().Select(address => ServerOf(root.Name, address.GetString()!)))];
            Expected[] scenarios = [.. file.Value.GetProperty("scenarios").EnumerateArray()
                .Where(scenario => scenario.GetProperty("testable").GetInt32() == 1)
                .Select(scenario => new Expected(
                    scenario.GetProperty("scenario").GetString()!, scenario.GetProperty("zone").GetString()!,
                    TagsOf(scenario.GetProperty("mandatory")), TagsOf(scenario.GetProperty("forbidden"))))];
            all.Add(new Recorded(file.Name, file.Value.GetProperty("testcase").GetString()!, roots, scenarios));
        }

        return all;
    }

    private static IEnumerable<Recorded> ReadMore(string folder)
    {
        List<Recorded> all = [];
        foreach (string[] words in More.Split('\n').Select(line => line.Split(' ')))
        {
            if (words[1].Contains('=', StringComparison.Ordinal))
            {
                NamedServer[] roots = [.. words[1].Split(',').Select(root => ServerOf(root.Split('=')[0], root.Split('=')[1]))];
                all.Add(new Recorded($"Test-{words[0]}.data", words[0], roots, []));
            }
            else
            {
                all[^1].Scenarios.Add(new Expected(words[0], words[0], words[1..], null));
            }
        }

        return all.Where(recorded => File.Exists($"{folder}/{recorded.File}"));
    }

    private static NamedServer ServerOf(string name, string address)
    {
        Assert.True(DomainName.TryParse(name, out DomainName server), name);
        return new NamedServer(server, IPAddress.Parse(address));
    }

    private static string[]? TagsOf(JsonElement tags) => tags.ValueKind is JsonValueKind.Array ? [.. tags.EnumerateArray().Select(tag => tag.GetString()!)] : null;

    private static bool Has(DelegationSurvey survey, DomainName zone, DelegationFault fault) => Of(survey, zone).Any(finding => finding.Fault == fault);

    private static IEnumerable<DelegationFinding> Of(DelegationSurvey survey, DomainName zone) => survey.Findings.Where(finding => finding.Zone.Equals(zone));

    private static ZoneSurvey? LastOf(DelegationSurvey survey, DomainName zone) => survey.Last is { } last && last.Zone.Equals(zone) ? last : null;

    private static IEnumerable<string> TagsOfScopes(DelegationSurvey survey, DomainName zone)
    {
        AddressScope[] scopes = [.. (LastOf(survey, zone)?.Servers ?? []).Select(server => server.Address.Scope).Distinct()];
        return scopes.Length == 0
            ? ["A01_NO_NAME_SERVERS_FOUND"]
            : scopes.Select(scope => scope switch
            {
                AddressScope.Local => "A01_LOCAL_USE_ADDR",
                AddressScope.Documentation => "A01_DOCUMENTATION_ADDR",
                AddressScope.Special => "A01_ADDR_NOT_GLOBALLY_REACHABLE",
                _ => "A01_GLOBALLY_REACHABLE_ADDR",
            }).Concat(scopes.Contains(AddressScope.Global) ? [] : ["A01_NO_GLOBALLY_REACHABLE_ADDR"]);
    }

    private static IEnumerable<string> TagsOfCounts(DelegationSurvey survey, DomainName zone)
    {
        if (LastOf(survey, zone) is not { } last)
            return [];

        return
        [
            Enough(last.ParentNames.Count, "NS_DEL"),
            Enough(last.ChildNames.Count, "NS_CHILD"),
            Enough(CountOf(last, AddressFamily.InterNetwork, isChild: false), "IPV4_NS_DEL"),
            Enough(CountOf(last, AddressFamily.InterNetwork, isChild: true), "IPV4_NS_CHILD"),
            Enough(CountOf(last, AddressFamily.InterNetworkV6, isChild: false), "IPV6_NS_DEL"),
            Enough(CountOf(last, AddressFamily.InterNetworkV6, isChild: true), "IPV6_NS_CHILD"),
        ];

        static string Enough(int count, string what) => count > 1 ? $"ENOUGH_{what}" : count == 1 || what.StartsWith("NS", StringComparison.Ordinal) ? $"NOT_ENOUGH_{what}" : $"NO_{what}";
    }

    private static int CountOf(ZoneSurvey zone, AddressFamily family, bool isChild) => zone.Addresses
        .Where(server => (isChild ? zone.ChildNames : zone.ParentNames).Contains(server.Name))
        .SelectMany(server => isChild || server.Glue.Count == 0 ? server.Authority ?? [] : server.Glue)
        .Distinct()
        .Count(address => address.AddressFamily == family);

    private static IEnumerable<string> TagsOfAddresses(DelegationSurvey survey, DomainName zone)
    {
        HashSet<string> tags = [];
        foreach (DelegationFinding finding in Of(survey, zone))
        {
            tags.Add(finding.Fault switch
            {
                DelegationFault.GlueDiffers => finding.Server!.Value.IsAtOrBelow(zone) ? "IN_BAILIWICK_ADDR_MISMATCH" : "OUT_OF_BAILIWICK_ADDR_MISMATCH",
                DelegationFault.AddressesDiffer => "EXTRA_ADDRESS_CHILD",
                DelegationFault.LameServer => "CHILD_NS_FAILED",
                DelegationFault.SilentServer => "NO_RESPONSE",
                DelegationFault.NoAuthority => "CHILD_ZONE_LAME",
                _ => "",
            });
        }

        tags.Remove("");
        return tags.Overlaps(["IN_BAILIWICK_ADDR_MISMATCH", "OUT_OF_BAILIWICK_ADDR_MISMATCH", "EXTRA_ADDRESS_CHILD", "CHILD_ZONE_LAME"]) ? tags : tags.Append("ADDRESSES_MATCH");
    }

    private static IEnumerable<string> TagsOfPrimaries(DelegationSurvey survey, DomainName zone)
    {
        yield return Has(survey, zone, DelegationFault.PrimariesDiffer) ? "MULTIPLE_SOA_MNAMES" : "ONE_SOA_MNAME";
        if (Has(survey, zone, DelegationFault.SilentServer))
            yield return "NO_RESPONSE";
        if (Has(survey, zone, DelegationFault.LameServer))
            yield return "NO_RESPONSE_SOA_QUERY";
    }

    private static IEnumerable<string> TagsOfMail(DelegationSurvey survey, DomainName zone)
    {
        ServerSurvey[] servers = [.. LastOf(survey, zone)?.Authoritative ?? []];
        if (servers.Any(server => server.AnswerState is ServerState.Silent))
            yield return "Z09_NO_RESPONSE_MX_QUERY";
        if (servers.Any(server => server.AnswerState is ServerState.Refused or ServerState.ServerFailure or ServerState.OtherError))
            yield return "Z09_UNEXPECTED_RCODE_MX";
        if (servers.Any(server => server.AnswerState is ServerState.NotAuthoritative))
            yield return "Z09_NON_AUTH_MX_RESPONSE";
        if (!Has(survey, zone, DelegationFault.AnswersDiffer))
            yield break;
        int none = servers.Count(server => server is { AnswerState: ServerState.Authoritative, Answer.Answer.Count: 0 });
        yield return none > 0 ? "Z09_INCONSISTENT_MX" : "Z09_INCONSISTENT_MX_DATA";
    }

    private static IEnumerable<string> TagsOfText(DelegationSurvey survey, DomainName zone)
    {
        if (Has(survey, zone, DelegationFault.AnswersDiffer))
            yield return "Z11_INCONSISTENT_SPF_POLICIES";
        if (LastOf(survey, zone) is { } last && last.Authoritative.All(server => server.AnswerState is not ServerState.Authoritative))
            yield return "Z11_UNABLE_TO_CHECK_FOR_SPF";
    }

    private sealed record Recorded(string File, string Case, IReadOnlyList<NamedServer> Roots, IReadOnlyList<Expected> First)
    {
        public List<Expected> Scenarios { get; } = [.. First];
    }

    private sealed record Expected(string Name, string Zone, string[]? Mandatory, string[]? Forbidden);
}
