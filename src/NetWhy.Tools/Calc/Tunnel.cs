using System.Globalization;

namespace NetWhy.Tools.Calc;

/// <summary>What tunnels leave of the packets of the link that they lie on.</summary>
internal static class Tunnel
{
    // Octets that a tunnel takes from the packets of its link. Sources: RFC 2003, 2784, 4213, 7348, 8926, 2516, 4303;
    // the WireGuard protocol (32 octets) in UDP over IPv4.
    private static readonly Dictionary<string, int> Overheads = new()
    {
        ["ipip"] = 20,
        ["6in4"] = 20,
        ["sit"] = 20,
        ["vlan"] = 4,
        ["gre"] = 24,
        ["gretap"] = 38,
        ["vxlan"] = 50,
        ["vxlan6"] = 70,
        ["geneve"] = 50,
        ["geneve6"] = 70,
        ["wireguard"] = 60,
        ["wireguard6"] = 80,
        [Pppoe] = 8,
        ["mpls"] = 4,
    };

    // Tunnel mode over IPv4, AES-CBC with HMAC-SHA-256-128: outer header, SPI and number, initialization vector, check
    // value; what is encrypted is padded to blocks, with two octets behind the padding. Source: RFC 4303, 3602, 4868.
    private const string Pppoe = "pppoe"; // the access line of many ends of tunnels
    private const string Esp = "esp";
    private const int EspOverhead = 20 + 8 + 16 + 16;
    private const int EspBlock = 16;
    private const int EspTrailer = 2;

    /// <summary>Names of the tunnels, as command lines have them.</summary>
    internal static IEnumerable<string> Names => [.. Overheads.Keys, Esp];

    /// <summary>What a tunnel leaves of a packet, in octets, and the formula.</summary>
    /// <param name="name">Its name, whatever the case of its letters.</param>
    /// <param name="mtu">Largest packet of the link, in octets.</param>
    /// <returns>Null for a tunnel that is not known.</returns>
    internal static (double Inner, string Formula)? Inside(string name, double mtu) => name.ToLowerInvariant() is Esp
        ? (Math.Floor((mtu - EspOverhead) / EspBlock) * EspBlock - EspTrailer, Text($"⌊({mtu:0} − {EspOverhead}) ÷ {EspBlock}⌋ × {EspBlock} − {EspTrailer}"))
        : Overheads.TryGetValue(name.ToLowerInvariant(), out int overhead) ? (mtu - overhead, Text($"{mtu:0} − {overhead}"))
        : null;

    /// <summary>The tunnels that leave just so much of a packet; where none does alone, those that do behind PPPoE.</summary>
    /// <param name="outer">Largest packet of the link, in octets.</param>
    /// <param name="inner">What is left, in octets.</param>
    internal static IReadOnlyList<string> Between(int outer, int inner)
    {
        string[] single = [.. Names.Where(name => Inside(name, outer)?.Inner == inner)];
        return single.Length > 0
            ? single
            : [.. Names.Where(name => Inside(name, outer - Overheads[Pppoe])?.Inner == inner).Select(name => $"{name} in {Pppoe}")];
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
