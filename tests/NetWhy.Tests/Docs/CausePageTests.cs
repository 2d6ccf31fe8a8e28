using System.Text.RegularExpressions;
using NetWhy.Diagnose;
using Xunit;

namespace NetWhy.Tests.Docs;

/// <summary>The pages in <c>docs/causes</c>, as the program carries them.</summary>
public sealed partial class CausePageTests
{
    private static readonly string[] Sections = ["What it is", "How it shows", "How to confirm", "How to fix"];

    // The part of the fixed vocabulary that the main diagnosis must know.
    private static readonly string[] MainCauses =
    [
        "link-down", "link-no-carrier", "neighbour-unresolved", "neighbour-wrong",
        "no-route", "route-prohibited", "gateway-wrong", "netmask-wrong", "route-overlap", "policy-routing",
        "source-address-wrong", "reverse-path-filter", "routing-loop", "ipv6-broken", "target-is-local",
        "path-mtu-black-hole", "mtu-mismatch",
        "local-firewall-drop", "local-firewall-reject", "port-filtered", "port-rejected", "host-unreachable",
        "conntrack-full", "icmp-filtered",
        "port-closed", "service-bound-elsewhere", "accept-queue-full", "service-hung", "ephemeral-ports-exhausted",
        "file-descriptors-exhausted",
        "packet-loss", "high-latency", "connection-reset",
        "dns-no-resolver", "dns-resolver-unreachable", "dns-first-resolver-dead", "dns-name-not-found",
        "dns-no-address", "dns-server-failure", "dns-refused", "dns-slow", "dns-wrong-address", "dns-answers-differ",
        "dns-hosts-override", "dns-search-storm", "dns-partial-outage",
        "tls-certificate-expired", "tls-certificate-not-yet-valid", "tls-name-mismatch", "tls-self-signed",
        "tls-untrusted-root", "tls-missing-intermediate", "tls-version-mismatch", "tls-cipher-mismatch",
        "tls-alpn-mismatch", "tls-sni-required", "tls-client-certificate-required", "tls-plaintext-service",
        "http-on-tls-port", "tls-handshake-stall", "tls-handshake-reset", "tls-certificate-expiring",
        "tls-handshake-failed",
        "http-server-error", "http-bad-gateway", "http-unavailable", "http-gateway-timeout", "http-client-error",
        "http-redirect-loop", "http-redirect-broken", "http-slow-server", "http-slow-transfer", "http-stalled-body",
        "http-truncated-body", "http-malformed-response",
        "proxy-unreachable", "proxy-denies", "proxy-misconfigured",
    ];

    public static TheoryData<string> Main => [.. MainCauses];

    public static TheoryData<string> Every => [.. Causes.All.Select(cause => cause.Id)];

    [Theory]
    [MemberData(nameof(Main))]
    public void Every_cause_of_the_main_diagnosis_has_a_page(string id) => Assert.NotNull(Causes.Find(id));

    [Theory]
    [MemberData(nameof(Every))]
    public void A_page_has_its_four_sections_in_order_and_none_is_empty(string id)
    {
        string page = Causes.Find(id)!.Page;

        Assert.Equal(Sections, Heading().Matches(page).Select(match => match.Groups[1].Value));
        Assert.All(Heading().Split(page).Skip(2).Where((_, index) => index % 2 == 0), text => Assert.NotEqual("", text.Trim()));
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void A_title_is_one_short_sentence(string id)
    {
        string title = Causes.Find(id)!.Title;

        Assert.InRange(title.Length, 10, 80);
        Assert.EndsWith(".", title, StringComparison.Ordinal);
        Assert.Equal(char.ToUpperInvariant(title[0]), title[0]);
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Symptoms_are_a_list_and_there_is_a_command_to_confirm(string id)
    {
        string[] parts = Heading().Split(Causes.Find(id)!.Page);

        Assert.StartsWith("- ", parts[4].TrimStart(), StringComparison.Ordinal);
        Assert.Contains("\n    ", parts[6], StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_named_after_the_cause()
    {
        string[] files = [.. typeof(Causes).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".md", StringComparison.Ordinal))];

        Assert.Equal(Causes.All.Select(cause => $"causes/{cause.Id}.md").Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_harmless_is_marked_so() =>
        Assert.Equal(["icmp-filtered"], MainCauses.Where(id => Causes.Find(id)!.IsBenign));

    [Theory]
    [InlineData("")]
    [InlineData("# some-cause\nA title.\n")]
    [InlineData("some-cause\nA title.\nlayer: tls\nbenign: no\n")]
    [InlineData("# some-cause\nA title.\nbenign: no\nlayer: tls\n")]
    public void A_page_without_its_head_is_refused(string page) =>
        Assert.Throws<FormatException>(() => Cause.Parse(page));

    [Fact]
    public void The_head_is_read()
    {
        var cause = Cause.Parse("# some-cause\nA title.\nlayer: tls\nbenign: yes\n\n## What it is\nText.\n");

        Assert.Equal(("some-cause", "A title.", Layer.Tls, true), (cause.Id, cause.Title, cause.Layer, cause.IsBenign));
    }

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
