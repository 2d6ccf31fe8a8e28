using System.Globalization;

namespace NetWhy.Tools.Nc;

/// <summary>What is spoken with a proxy.</summary>
internal enum ProxyProtocol
{
    /// <summary>SOCKS version 4: addresses of IPv4 only.</summary>
    Socks4,

    /// <summary>SOCKS version 5. Source: RFC 1928.</summary>
    Socks5,

    /// <summary>CONNECT of HTTP. Source: RFC 9110, section 9.3.6.</summary>
    Connect,
}

/// <summary>The proxy to connect by.</summary>
/// <param name="Protocol">What it speaks.</param>
/// <param name="Host">Its name or address.</param>
/// <param name="Port">Its port, as typed.</param>
internal sealed record NcProxy(ProxyProtocol Protocol, string Host, string Port)
{
    private const int Failure = 1; // exit code of the original for everything
    private const int SocksPort = 1080, HttpPort = 3128; // where the original looks for one

    /// <summary>Reads the name of a protocol.</summary>
    /// <param name="text">Value of <c>-X</c>.</param>
    /// <exception cref="OriginalRefusal">There is no such protocol.</exception>
    internal static ProxyProtocol ProtocolOf(string text) => text switch
    {
        "4" => ProxyProtocol.Socks4,
        "5" => ProxyProtocol.Socks5,
        _ when text.Equals("connect", StringComparison.OrdinalIgnoreCase) => ProxyProtocol.Connect,
        _ => throw new OriginalRefusal(Failure, "unsupported proxy protocol"),
    };

    /// <summary>Reads an address with or without a port.</summary>
    /// <param name="text">Value of <c>-x</c>; an address with colons in brackets.</param>
    /// <param name="protocol">What is spoken there.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    internal static NcProxy Parse(string text, ProxyProtocol protocol)
    {
        string port = (protocol is ProxyProtocol.Connect ? HttpPort : SocksPort).ToString(CultureInfo.InvariantCulture);
        if (text is ['[', ..])
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0)
                throw new OriginalRefusal(Failure, "missing closing bracket in proxy");
            return text[(end + 1)..] switch
            {
                "" => new NcProxy(protocol, text[1..end], port),
                [':', .. var given] => new NcProxy(protocol, text[1..end], given),
                _ => throw new OriginalRefusal(Failure, "garbage proxy port delimiter"),
            };
        }

        int colon = text.LastIndexOf(':');
        return colon < 0 ? new NcProxy(protocol, text, port) : new NcProxy(protocol, text[..colon], text[(colon + 1)..]);
    }
}
