using System.Globalization;

namespace NetWhy.Tools.Ping;

/// <summary>ICMP errors in the words of ping.</summary>
internal static class IcmpWords
{
    private static readonly string[] Unreachable =
    [
        "Destination Net Unreachable",
        "Destination Host Unreachable",
        "Destination Protocol Unreachable",
        "Destination Port Unreachable",
        "",
        "Source Route Failed",
        "Destination Net Unknown",
        "Destination Host Unknown",
        "Source Host Isolated",
        "Destination Net Prohibited",
        "Destination Host Prohibited",
        "Destination Net Unreachable for Type of Service",
        "Destination Host Unreachable for Type of Service",
        "Packet filtered",
        "Precedence Violation",
        "Precedence Cutoff",
    ];

    private static readonly string[] Unreachable6 =
        ["No route", "Administratively prohibited", "Beyond scope of source address", "Address unreachable", "Port unreachable"];

    private static readonly string[] Redirects =
        ["Redirect Network", "Redirect Host", "Redirect Type of Service and Network", "Redirect Type of Service and Host"];

    /// <summary>An error of IPv4. Source: RFC 792, RFC 1122, RFC 1812.</summary>
    /// <param name="type">ICMP type.</param>
    /// <param name="code">ICMP code.</param>
    /// <param name="information">The MTU, or the place of what is wrong.</param>
    internal static string Of(byte type, byte code, uint information) => (type, code) switch
    {
        (3, 4) => Text($"Frag needed and DF set (mtu = {information})"),
        (3, _) => code < Unreachable.Length ? Unreachable[code] : Text($"Dest Unreachable, Bad Code: {code}"),
        (4, _) => "Source Quench",
        (11, 0) => "Time to live exceeded",
        (11, 1) => "Frag reassembly time exceeded",
        (11, _) => Text($"Time exceeded, Bad Code: {code}"),
        (12, _) => Text($"Parameter problem: pointer = {information}"),
        _ => Text($"Bad ICMP type: {type}"),
    };

    /// <summary>An error of IPv6. Source: RFC 4443.</summary>
    /// <param name="type">ICMPv6 type.</param>
    /// <param name="code">ICMPv6 code.</param>
    /// <param name="information">The MTU, or the place of what is wrong.</param>
    internal static string Of6(byte type, byte code, uint information) => type switch
    {
        1 => $"Destination unreachable: {(code < Unreachable6.Length ? Unreachable6[code] : Text($"Unknown code {code}"))}",
        2 => Text($"Packet too big: mtu={information}{(code != 0 ? Text($", code={code}") : "")}"),
        3 => $"Time exceeded: {code switch { 0 => "Hop limit", 1 => "Defragmentation failure", _ => Text($"code {code}") }}",
        4 => Text($"Parameter problem: {code switch { 0 => "Wrong header field ", 1 => "Unknown header ", 2 => "Unknown option ", _ => Text($"code {code} ") }}at {information}"),
        _ => Text($"unknown icmp type: {type}"),
    };

    /// <summary>What a redirect is about.</summary>
    /// <param name="code">ICMP code.</param>
    internal static string OfRedirect(byte code) => code < Redirects.Length ? Redirects[code] : Text($"Redirect, Bad Code: {code}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
