using System.Net;
using NetWhy.Evidence;
using NetWhy.Exchanges.Requests;

namespace NetWhy.Tools.Http;

/// <summary>One request of the waterfall, and what its answer said.</summary>
/// <param name="Url">What was asked for.</param>
/// <param name="Address">Of whom.</param>
/// <param name="Sample">How it went.</param>
/// <param name="Exchange">The same as evidence.</param>
internal sealed record HttpRow(Uri Url, IPAddress Address, RequestSample Sample, HttpExchange Exchange)
{
    /// <summary>What the TLS handshake agreed on: version, cipher suite and protocol (ALPN); null without TLS.</summary>
    internal (string Version, string? CipherSuite, string? Protocol)? Tls { get; init; }

    /// <summary>Whether the server of HTTP/2 said its settings, and how many requests at once it allows, if it says; null without HTTP/2.</summary>
    internal (bool HasSettings, uint? MostStreams)? Streams { get; init; }

    /// <summary>Fields of the answer, names in lower case.</summary>
    internal IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>Octets of the body once decoded; null if it was not coded.</summary>
    internal long? DecodedLength { get; init; }

    /// <summary>What is wrong with its coding, in words; null if nothing is.</summary>
    internal string? CodingFault { get; init; }

    /// <summary>Whether it sends the client elsewhere.</summary>
    internal bool IsRedirect => Sample is { IsAnswered: true, Status: 301 or 302 or 303 or 307 or 308 } && Field("location") is not null;

    /// <summary>Whether its answer has no end to wait for.</summary>
    internal bool IsEndless => HttpExchange.IsEndless(Field("content-type"));

    /// <summary>Whether the server asked for a client certificate.</summary>
    internal bool AsksForCertificate { get; init; }

    /// <summary>Whether the page minds a certificate of the client, or that there is none, or may. Source: nginx, ngx_http_ssl_module, "Error Processing".</summary>
    internal bool IsOfCertificate => Sample.Status is 495 or 496
        || (Sample.Status is 401 or 403 && AsksForCertificate)
        || (Sample.Status is 400 or 401 or 403 && Exchange.Excerpt is { } page
            && (page.Contains("SSL certificate", StringComparison.OrdinalIgnoreCase) || page.Contains("client certificate", StringComparison.OrdinalIgnoreCase)));

    /// <summary>The value of a field; null if there is none.</summary>
    /// <param name="name">Its name, in lower case.</param>
    internal string? Field(string name)
    {
        string[] values = [.. Fields.Where(field => field.Name == name).Select(field => field.Value)];
        return values.Length == 0 ? null : string.Join(", ", values);
    }
}
