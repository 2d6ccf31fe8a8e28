using System.Globalization;
using System.Net;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Which stream is followed, and which of its parts are printed. Source: tshark(1), -z follow.</summary>
/// <param name="Number">Its number; null if it is known by its ends.</param>
/// <param name="First">One end; any if it is known by its number.</param>
/// <param name="Second">The other one.</param>
/// <param name="Parts">Which parts are printed, counted from 1 through both directions.</param>
internal sealed record FollowedStream(int? Number, TcpEndpoint First, TcpEndpoint Second, (int First, int Last) Parts)
{
    /// <summary>Reads a stream as the command line names it: a number, or two ends, and which parts of it.</summary>
    /// <param name="words">What stands between commas.</param>
    /// <returns>The stream; null if that is none.</returns>
    internal static FollowedStream? Read(ReadOnlySpan<string> words)
    {
        bool isNumber = words.Length > 0 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out _);
        int size = isNumber ? 1 : 2;
        if (words.Length != size && words.Length != size + 1)
            return null;
        (int First, int Last)? chosen = words.Length > size ? ReadParts(words[size]) : (1, int.MaxValue);
        if (chosen is not { } parts)
            return null;
        if (isNumber)
            return new FollowedStream(int.Parse(words[0], CultureInfo.InvariantCulture), default, default, parts);
        return ReadEnd(words[0]) is { } first && ReadEnd(words[1]) is { } second && first.IsIpv6 == second.IsIpv6 ? new FollowedStream(null, first, second, parts) : null;
    }

    /// <summary>Whether it is a stream of a number, between two ends.</summary>
    /// <param name="number">The number.</param>
    /// <param name="source">The one end.</param>
    /// <param name="destination">The other one.</param>
    internal bool Is(long number, TcpEndpoint source, TcpEndpoint destination) => Number is { } wanted
        ? number == wanted
        : (source == First && destination == Second) || (source == Second && destination == First);

    /// <summary>The display filter that lets its packets through.</summary>
    /// <param name="transport">What carries it: <c>tcp</c> or <c>udp</c>.</param>
    internal string FilterOf(string transport)
    {
        if (Number is { } number)
            return string.Create(CultureInfo.InvariantCulture, $"{transport}.stream eq {number}");
        string ip = First.IsIpv6 ? "ipv6" : "ip";
        string OneWay(TcpEndpoint from, TcpEndpoint to) => string.Create(
            CultureInfo.InvariantCulture,
            $"(({ip}.src eq {from.AddressText} and {transport}.srcport eq {from.Port}) and ({ip}.dst eq {to.AddressText} and {transport}.dstport eq {to.Port}))");
        return $"{OneWay(First, Second)} or {OneWay(Second, First)}";
    }

    // 3 or 2-5.
    private static (int First, int Last)? ReadParts(string text)
    {
        string[] ends = text.Split('-');
        return ends.Length <= 2 && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) && first > 0 && first <= last
            ? (first, last)
            : null;
    }

    // 192.0.2.1:80 or [2001:db8::1]:80
    private static TcpEndpoint? ReadEnd(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return null;
        ReadOnlySpan<char> host = text.AsSpan(0, colon);
        bool isIpv6 = host.Length > 2 && host[0] == '[' && host[^1] == ']';
        if (!IPAddress.TryParse(isIpv6 ? host[1..^1] : host, out IPAddress? address) || address.GetAddressBytes().Length != (isIpv6 ? 16 : 4))
            return null;
        return new TcpEndpoint(AddressNumber.Read(address.GetAddressBytes()), port, isIpv6);
    }
}
