using System.Net;
using NetWhy.Evidence;
using Xunit;

namespace NetWhy.Tests.Rules;

/// <summary>Who makes an error, by what the first hop says itself.</summary>
public sealed class FirstHopTests
{
    // Varnish 7.1: "HTTP/1.1 400 Bad Request" and nothing else, and its own page.
    [Theory]
    [InlineData("<!DOCTYPE html> <html> <h1>Error 503 Backend fetch failed</h1> <p>Guru Meditation:</p>", "the first hop (or the same software behind it)")]
    [InlineData("<h1>503</h1>", "not told: the first hop's own pages say Server: nothing")] // a page that was set
    public void Varnish_is_known_by_its_bare_refusal_and_its_page(string page, string says)
    {
        var address = IPAddress.Parse("192.0.2.10");
        var own = new HttpRunAnswer(400, 1) { Address = address };
        HttpRunAnswer error = own with { Status = 503, Headers = new Dictionary<string, string> { ["server"] = "Varnish" }, FieldNames = ["date", "server", "x-varnish"], Excerpt = page };

        Assert.StartsWith(says, FirstHop.Maker(own, [error], error), StringComparison.Ordinal);
        Assert.StartsWith("not told", FirstHop.Maker(own, [error], error with { Address = IPAddress.Parse("192.0.2.11") }), StringComparison.Ordinal); // another one
    }
}
