using NetWhy.Names;
using Xunit;

namespace NetWhy.Tests.Names.Validation;

public sealed class TrustAnchorTextTests
{
    private const string Digest = "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

    [Theory]
    [InlineData(". IN DS 20326 8 2 " + Digest)]
    [InlineData("; the root\n.\t3600 IN DS 20326 8 2 ( E06D44B80B8F1D39A95C0B0D7C65D08458E88040\n 9BBC683457104237C7F8EC8D )\nexample. DNSKEY 257 3 15 AAAA\n")]
    [InlineData("trust-anchors {\n // 2017\n . static-ds 20326 8 2 \"" + Digest + "\";\n};")]
    [InlineData("options { directory \"/\"; };\nmanaged-keys { \"example.\" initial-key 257 3 8 \"AwEA AQ==\"; /* and */ . initial-ds 20326 8 2 \"" + Digest + "\"; # end\n };")]
    [InlineData("trusted-keys { . 257 3 8 \"AwEAAQ==\"; };")]
    public void Anchors_are_read_as_zone_files_and_bind_have_them(string text)
    {
        Assert.Null(TrustAnchorText.Read(text, out TrustAnchors anchors));

        Assert.Contains(DomainName.Root, anchors.Zones);
        Assert.Equal(text.Contains("example", StringComparison.Ordinal) ? 2 : 1, anchors.Zones.Count);
    }

    [Theory]
    [InlineData("", "there is no trust anchor in it")]
    [InlineData("trust-anchors { };", "there is no trust anchor in it")]
    [InlineData(". IN A 192.0.2.1", ". A cannot be a trust anchor: expected DS or DNSKEY")]
    [InlineData("\n. IN DS 20326 8", "line 2: ")]
    [InlineData("trust-anchors { . my-key 257 3 8 \"AwEAAQ==\"; };", "my-key is no kind of trust anchor")]
    [InlineData("trust-anchors { . static-key 257 3 8 \"AwEAAQ==\"", "there is no trust anchor in it")]
    public void What_cannot_be_read_is_explained(string text, string problem) =>
        Assert.StartsWith(problem, TrustAnchorText.Read(text, out _), StringComparison.Ordinal);

    // The built-in anchors are those that Debian ships for validators.
    [Fact]
    public void Built_in_anchors_are_the_roots()
    {
        const string File = "/usr/share/dns/root.ds";
        Assert.SkipUnless(System.IO.File.Exists(File), $"{File} is not there (dns-root-data)");
        Assert.Null(TrustAnchorText.Read(System.IO.File.ReadAllText(File), out TrustAnchors anchors));

        Assert.Equal(
            anchors.Of(DomainName.Root).Select(anchor => Convert.ToHexString(anchor.Data)).Order(),
            TrustAnchors.ForRoot().Of(DomainName.Root).Select(anchor => Convert.ToHexString(anchor.Data)).Order());
    }
}
