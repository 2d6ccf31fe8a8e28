using System.Globalization;
using System.Text.Json;
using NetWhy.Tests.Tools.Dig;
using NetWhy.Tests.Wire;
using NetWhy.Tools;
using Xunit;

namespace NetWhy.Tests.Tools.OpenSsl;

/// <summary>The cases of OpenSSL's own tests of verification end as recorded: exit code, and every error with its depth.</summary>
public sealed class OpenSslVerifyCasesTests
{
    [Fact]
    public void Cases_end_as_openssl_ends_them()
    {
        string place = DnsSharedData.At("openssl-verify");
        using var cases = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(place, "cases.json")));
        List<string> wrong = [];
        int count = 0;
        foreach (JsonElement one in cases.RootElement.EnumerateArray())
        {
            string[] words = WordsOf(one, place);
            if (!File.Exists(words[^1]))
                continue; // one names a file that is not there, under that name
            count++;
            using var host = new CollectingHost();
            int exitCode = ToolCatalog.Find("openssl")!.Run(["verify", "--json", .. words], host);
            using var result = JsonDocument.Parse(host.Octets);
            string found = Describe(exitCode, result.RootElement.GetProperty("results")[0].GetProperty("errors").EnumerateArray()
                .Select(error => (error.GetProperty("code").GetInt32(), error.GetProperty("depth").GetInt32())));
            string expected = Describe(one.GetProperty("openssl_rc").GetInt32(), one.GetProperty("openssl_errors").EnumerateArray()
                .Select(error => (error[0].GetInt32(), error[1].GetInt32())));
            if (found != expected)
                wrong.Add($"{one.GetProperty("desc").GetString()}: {found}, not {expected}");
        }

        Assert.True(count >= 100, $"only {count} cases were tried");
        Assert.Empty(wrong);
    }

    private static string[] WordsOf(JsonElement one, string place)
    {
        string[] options = Texts(one.GetProperty("opts"));
        return
        [
            .. one.GetProperty("purpose").GetString() is { Length: > 0 } purpose ? ["-purpose", purpose] : Array.Empty<string>(),
            .. Texts(one.GetProperty("trusted")).SelectMany(name => new[] { "-trusted", FileOf(name) }),
            .. Texts(one.GetProperty("untrusted")).SelectMany(name => new[] { "-untrusted", FileOf(name) }),
            .. options.Contains("-auth_level") ? [] : new[] { "-auth_level", "1" }, // as the suite does
            .. one.GetProperty("trusted").GetArrayLength() > 0 ? [] : new[] { "-no-CAfile", "-no-CApath" },
            .. options,
            FileOf(one.GetProperty("cert").GetString()!),
        ];

        string FileOf(string name) => Path.Combine(place, "certs", name + ".pem");
    }

    private static string[] Texts(JsonElement list) => [.. list.EnumerateArray().Select(text => text.GetString()!)];

    private static string Describe(int exitCode, IEnumerable<(int Code, int Depth)> errors) =>
        string.Create(CultureInfo.InvariantCulture, $"exit code {exitCode}, errors {string.Join(", ", errors.Select(error => $"{error.Code} at {error.Depth}"))}");
}
