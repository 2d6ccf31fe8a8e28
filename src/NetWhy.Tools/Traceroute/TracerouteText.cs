using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;

namespace NetWhy.Tools.Traceroute;

/// <summary>Writes hops as traceroute does.</summary>
/// <param name="options">What is asked for.</param>
/// <param name="names">Names of addresses.</param>
/// <param name="systems">Autonomous systems of addresses; null if nobody asks for them.</param>
internal sealed class TracerouteText(TracerouteOptions options, HopNames names, AutonomousSystems? systems)
{
    /// <summary>The first line.</summary>
    /// <param name="name">The target as typed.</param>
    /// <param name="address">Its address.</param>
    /// <param name="size">Size of the probes, in octets.</param>
    internal string Header(string name, IPAddress address, int size) =>
        Text($"traceroute to {Printable.Of(name, isUtf8: false)} ({Printable.Of(ZonedAddress.Text(address), isUtf8: false)}), {options.Trace.MaxTtl} hops max, {size} byte packets\n");

    /// <summary>The line of a hop.</summary>
    /// <param name="hop">The hop.</param>
    internal string Line(Hop hop)
    {
        var line = new StringBuilder(Text($"{hop.Ttl,2} "));
        IPAddress? last = null;
        for (int query = 0; query < options.Trace.Queries; query++)
        {
            if (hop.Answers?.FirstOrDefault(answer => answer.Query == query) is not { } answer)
            {
                line.Append(" *");
                continue;
            }

            if (!answer.Node.Equals(last))
                line.Append(' ').Append(Node(hop.Ttl, answer));
            last = answer.Node;
            line.Append(Text($"  {answer.RoundTrip.TotalMilliseconds:0.000} ms"));
            if (answer.ReducedSize is { } size)
                line.Append(Text($" F={size}"));
            if (answer.Error is { } error && Mark(error, answer.Node.AddressFamily is AddressFamily.InterNetworkV6) is { Length: > 0 } mark)
                line.Append(' ').Append(mark);
        }

        return line.Append('\n').ToString();
    }

    private string Node(int ttl, HopAnswer answer)
    {
        string node = Printable.Of(names.Show(answer.Node), isUtf8: false);
        if (systems is not null)
            node += $" [{systems.Of(answer.Node).GetAwaiter().GetResult() ?? "*"}]";
        if (options.HasTcpFlags && answer.TcpFlags is { } flags)
            node += $" <{flags}>";
        if (options.HasExtensions && Extensions(answer) is { Length: > 0 } extensions)
            node += $" <{extensions}>";
        if (options.HasBack && WayBack(answer.ReplyTtl) is { } back && back != ttl)
            node += Text($" '-{back}'");
        return node;
    }

    /// <summary>Hops of the way back, if the answer began with the usual 64, 128 or 255; null if the TTL is unknown.</summary>
    /// <param name="replyTtl">TTL that it came with.</param>
    internal static int? WayBack(int? replyTtl) => replyTtl switch
    {
        null => null,
        <= 64 => 65 - replyTtl,
        <= 128 => 129 - replyTtl,
        _ => 256 - replyTtl,
    };

    /// <summary>The mark of an error behind its time, such as <c>!H</c>; empty for "port unreachable".</summary>
    /// <param name="error">The error.</param>
    /// <param name="isV6">Whether it is ICMPv6.</param>
    /// <remarks>Source: traceroute(8).</remarks>
    internal static string Mark(IcmpError error, bool isV6) => (isV6, error.Type, error.Code) switch
    {
        (false, 3, 0 or 6 or 8 or 11) or (true, 1, 0) => "!N",
        (false, 3, 1 or 7 or 12) or (true, 1, 2 or 3) => "!H",
        (false, 3, 9 or 10 or 13) or (true, 1, 1) => "!X",
        (false, 3, 3) or (true, 1, 4) => "",
        (false, 3, 2) => "!P",
        (false, 3, 4) or (true, 2, _) => Text($"!F-{error.Mtu ?? 0}"),
        (false, 3, 5) => "!S",
        (false, 3, 14) => "!V",
        (false, 3, 15) => "!C",
        (false, 3, _) or (true, 1, _) => Text($"!<{error.Code}>"),
        _ => Text($"!<{error.Type}-{error.Code}>"),
    };

    private static string Extensions(HopAnswer answer)
    {
        List<string> parts = [];
        if (answer.Labels.Count > 0)
            parts.Add("MPLS:" + string.Join('/', answer.Labels.Select(label => Text($"L={label.Label},E={label.TrafficClass},S={(label.IsBottom ? 1 : 0)},T={label.Ttl}"))));
        parts.AddRange(answer.Interfaces.Select(Interface));
        parts.AddRange(answer.Extensions.Select(one => Text($"{one.Class}/{one.Type}:{string.Join(',', one.Value.Chunk(8).Select(word => new string(word)))}")));
        return string.Join(';', parts);
    }

    private static string Interface(HopInterface one)
    {
        string?[] parts =
        [
            one.Index is { } index ? Text($"{index}") : null,
            one.Address?.ToString(),
            one.Name is { } name ? $"\"{Printable.Of(name, isUtf8: false)}\"" : null,
            one.Mtu is { } mtu ? Text($"mtu={mtu}") : null,
        ];
        string role = one.Role switch { "incoming" => "INC", "incoming-part" => "SUB", "outgoing" => "OUT", _ => "NXT" };
        return $"{role}:{string.Join(',', parts.OfType<string>())}";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
