using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using NetWhy.Certificates;
using NetWhy.Tests.Wire;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.CertificatePaths;

/// <summary>The cases of x509-limbo are judged as it expects, and for the reason they were made for.</summary>
public sealed class LimboTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> Deviations = new(StringComparer.Ordinal)
    {
        ["webpki::nc::nc-permits-dns-san-pattern"] = "its common name is not among its alternative names, which the cases webpki::cn reject (Baseline Requirements, 7.1.4.3)",
        ["webpki::san::exact-localhost-ip-san"] = "as webpki::nc::nc-permits-dns-san-pattern",
    };

    [Fact]
    public void Cases_are_judged_as_expected()
    {
        using var suite = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(DnsSharedData.At("x509-limbo"), "limbo.json")));
        Dictionary<string, string[]> reasons = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "CertificatePaths", "limbo.txt"))
            .Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], StringComparer.Ordinal);
        int count = 0;
        List<string> wrong = [], deviating = [];
        foreach (JsonElement element in suite.RootElement.GetProperty("testcases").EnumerateArray())
        {
            string id = element.GetProperty("id").GetString()!;
            bool isExpected = element.GetProperty("expected_result").GetString() is "SUCCESS";
            CertificatePath path = Judge(id, element);
            count++;
            string problems = string.Join("; ", path.Problems.Select(problem => string.Create(
                CultureInfo.InvariantCulture, $"{problem.Defect} {problem.Depth}{(problem.IsFatal ? "" : " (strict)")}: {problem.Detail}")));
            if (path.IsFlawless != isExpected)
                (Deviations.ContainsKey(id) ? deviating : wrong).Add($"{id}: {problems}");
            else if (reasons.TryGetValue(id, out string[]? reason) && !path.Problems.Any(problem => $"{problem.Defect} {problem.Depth}" == $"{reason[1]} {reason[2]}"))
                wrong.Add($"{id}: expected {reason[1]} {reason[2]}, not {problems}");
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count - wrong.Count - deviating.Count} of {count} agree"));
        foreach (string line in deviating)
            output.WriteLine($"deviates {line}");
        Assert.Empty(wrong);
    }

    private static CertificatePath Judge(string id, JsonElement element)
    {
        JsonElement peer = element.GetProperty("expected_peer_name");
        string? kind = peer.ValueKind is JsonValueKind.Object ? peer.GetProperty("kind").GetString() : null;
        bool isStrict = id.StartsWith("webpki", StringComparison.Ordinal) || id.StartsWith("online", StringComparison.Ordinal);
        JsonElement time = element.GetProperty("validation_time"); // null means whenever it is judged
        JsonElement depth = element.GetProperty("max_chain_depth");
        var policy = new PathPolicy
        {
            Time = time.ValueKind is JsonValueKind.String ? time.GetDateTimeOffset() : TimeProvider.System.GetUtcNow(),
            Profile = isStrict ? CertificateProfile.BaselineRequirements : CertificateProfile.Rfc5280,
            Purpose = element.GetProperty("validation_kind").GetString() is "CLIENT" ? CertificatePurpose.Client : CertificatePurpose.Server,
            HostName = kind is "DNS" ? peer.GetProperty("value").GetString() : null,
            Address = kind is "IP" ? IPAddress.Parse(peer.GetProperty("value").GetString()!) : null,
            KeyUsages = element.GetProperty("key_usage").GetArrayLength() > 0 ? [0] : [], // the suite knows digitalSignature alone
            MostIntermediates = depth.ValueKind is JsonValueKind.Number ? depth.GetInt32() : null,
            RevocationLists = element.TryGetProperty("crls", out JsonElement lists) && lists.ValueKind is JsonValueKind.Array
                ? [.. lists.EnumerateArray().Select(ListOf)]
                : [],
        };
        Certificate leaf = CertificateOf(element.GetProperty("peer_certificate"))!;
        return new PathBuilder(All(element.GetProperty("trusted_certs")), All(element.GetProperty("untrusted_intermediates")), policy).Build(leaf);
    }

    private static ImmutableArray<Certificate> All(JsonElement list) => [.. list.EnumerateArray().Select(CertificateOf).OfType<Certificate>()];

    private static Certificate? CertificateOf(JsonElement text)
    {
        _ = Certificate.Read(Octets(text), out Certificate? certificate);
        return certificate;
    }

    private static RevocationList ListOf(JsonElement text)
    {
        Assert.Equal(OperationStatus.Done, RevocationList.Read(Octets(text), out RevocationList? list));
        return list!;
    }

    private static byte[] Octets(JsonElement text)
    {
        string pem = text.GetString()!;
        return Convert.FromBase64String(pem[PemEncoding.Find(pem).Base64Data]);
    }
}
