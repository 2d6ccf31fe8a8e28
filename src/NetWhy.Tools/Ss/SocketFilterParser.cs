using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Tools.Ss;

/// <summary>Reads the filter language of ss.</summary>
/// <remarks>
/// <c>not</c> binds to what follows it; <c>and</c>, mere juxtaposition and <c>or</c> are read from left to right. Source:
/// ss(8), the section "EXPRESSION", and how ss reads what it does not describe.
/// </remarks>
internal sealed class SocketFilterParser
{
    private const int DeepestNesting = 64;
    private const int MostTurns = 500;
    private const string Separators = "()!&|<>=";

    private readonly List<string> _tokens = [];
    private readonly SocketSelection _selection;
    private readonly NameTables _names;
    private int _next;
    private int _depth;

    private SocketFilterParser(IEnumerable<string> words, SocketSelection selection, NameTables names)
    {
        _selection = selection;
        _names = names;
        foreach (string word in words)
            Split(word);
    }

    private string? Peek => _next < _tokens.Count ? _tokens[_next] : null;

    /// <summary>Reads a filter.</summary>
    /// <param name="words">Its words; none for no filter.</param>
    /// <param name="selection">What is shown; an address of a family restricts it to that family.</param>
    /// <param name="names">Names of ports, interfaces and cgroups.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    public static SocketFilter? Parse(IEnumerable<string> words, SocketSelection selection, NameTables names)
    {
        var parser = new SocketFilterParser(words, selection, names);
        if (parser.Peek is null)
            return null;
        SocketFilter filter = parser.ReadExpression();
        return parser.Peek is { } rest ? throw Misuse($"'{rest}' is not expected there") : filter;
    }

    private void Split(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            char first = text[at];
            if (char.IsWhiteSpace(first))
            {
                at++;
                continue;
            }

            int length = 1;
            if (Separators.Contains(first, StringComparison.Ordinal))
            {
                char second = at + 1 < text.Length ? text[at + 1] : '\0';
                if ((second == '=' && (first is '<' or '>' or '=' or '!')) || (second == first && (first is '&' or '|')))
                    length = 2;
            }
            else
            {
                while (at + length < text.Length && !char.IsWhiteSpace(text[at + length]) && !Separators.Contains(text[at + length], StringComparison.Ordinal))
                    length++;
            }

            _tokens.Add(text.Substring(at, length));
            at += length;
        }
    }

    // From left to right, as ss reads it, whatever its manual page says of precedence.
    private SocketFilter ReadExpression()
    {
        if (++_depth > DeepestNesting)
            throw Misuse($"parentheses deeper than {DeepestNesting}");
        SocketFilter left = ReadNot();
        for (int turns = 0; Peek is not (null or ")"); turns++)
        {
            if (turns > MostTurns)
                throw Misuse($"'and' and 'or' alternate more than {MostTurns} times");
            bool isOr = IsOr(Peek);
            List<SocketFilter> conditions = [left];
            do
            {
                if (IsOr(Peek) || Peek is "and" or "&" or "&&")
                    _next++;
                conditions.Add(ReadNot());
            }
            while (Peek is not (null or ")") && IsOr(Peek) == isOr);

            left = isOr ? new SocketFilter.Or(conditions) { IsMixed = turns > 0 } : new SocketFilter.And(conditions) { IsMixed = turns > 0 };
        }

        _depth--;
        return left;
    }

    private static bool IsOr(string? token) => token is "or" or "|" or "||";

    private SocketFilter ReadNot()
    {
        switch (Peek)
        {
            case "not" or "!":
                _next++;
                if (++_depth > DeepestNesting)
                    throw Misuse($"more than {DeepestNesting} times 'not'");
                SocketFilter inner = ReadNot();
                _depth--;
                return new SocketFilter.Not(inner);
            case "(":
                _next++;
                SocketFilter filter = ReadExpression();
                if (Peek is not ")")
                    throw Misuse("a ')' is missing");
                _next++;
                return filter;
            default:
                return ReadCondition();
        }
    }

    private SocketFilter ReadCondition()
    {
        string subject = Take("a condition");
        switch (subject)
        {
            case "dst" or "src":
                _ = ReadComparison("=");
                return ReadHost(Take($"an address after '{subject}'"), subject is "src", isPort: false);
            case "dport" or "sport":
                return ReadPort(subject is "sport", ReadComparison("=", "!=", "<", "<=", ">", ">="));
            case "dev":
                return Negated(ReadComparison("=", "!="), ReadDevice(Take("an interface after 'dev'")));
            case "fwmark":
                return Negated(ReadComparison("=", "!="), ReadMark(Take("a mark after 'fwmark'")));
            case "cgroup":
                return Negated(ReadComparison("=", "!="), ReadCgroup(Take("a path after 'cgroup'")));
            case "autobound":
                return new SocketFilter.AutoBound(_names.EphemeralPorts.First, _names.EphemeralPorts.Last);
            default:
                throw Misuse($"'{subject}' is no condition: src, dst, sport, dport, dev, fwmark, cgroup and autobound are");
        }
    }

    private static SocketFilter Negated(string comparison, SocketFilter filter) =>
        comparison is "!=" ? new SocketFilter.Not(filter) : filter;

    private string ReadComparison(params ReadOnlySpan<string> known)
    {
        string? meant = Peek switch
        {
            "=" or "==" or "eq" => "=",
            "!=" or "ne" or "neq" => "!=",
            "<" or "lt" => "<",
            "<=" or "le" or "leq" => "<=",
            ">" or "gt" => ">",
            ">=" or "ge" or "geq" => ">=",
            _ => null,
        };
        if (meant is null)
            return "="; // it may be left out
        if (!known.Contains(meant))
            throw Misuse($"'{Peek}' cannot be asked there");
        _next++;
        return meant;
    }

    private SocketFilter ReadPort(bool isLocal, string comparison)
    {
        SocketFilter host = ReadHost(Take("a port"), isLocal, isPort: true);
        if (comparison is "=" or "!=")
            return Negated(comparison, host);
        if (host is not SocketFilter.Host { Port: >= 0 and <= ushort.MaxValue and var port })
            throw Misuse("a port from 0 to 65535 is expected");
        return comparison switch
        {
            ">=" => new SocketFilter.PortBound(isLocal, IsAtLeast: true, (int)port),
            "<=" => new SocketFilter.PortBound(isLocal, IsAtLeast: false, (int)port),
            ">" => new SocketFilter.Not(new SocketFilter.PortBound(isLocal, IsAtLeast: false, (int)port)),
            _ => new SocketFilter.Not(new SocketFilter.PortBound(isLocal, IsAtLeast: true, (int)port)),
        };
    }

    private SocketFilter ReadHost(string text, bool isLocal, bool isPort)
    {
        (SocketFamilies family, string rest) = text switch
        {
            _ when text.StartsWith("unix:", StringComparison.Ordinal) => (SocketFamilies.Unix, text[5..]),
            _ when text.StartsWith("link:", StringComparison.Ordinal) => (SocketFamilies.Packet, text[5..]),
            _ when text.StartsWith("netlink:", StringComparison.Ordinal) => (SocketFamilies.Netlink, text[8..]),
            _ when text.StartsWith("vsock:", StringComparison.Ordinal) => (SocketFamilies.Vsock, text[6..]),
            _ when text.StartsWith("inet:", StringComparison.Ordinal) => (SocketFamilies.IPv4, text[5..]),
            _ when text.StartsWith("inet6:", StringComparison.Ordinal) => (SocketFamilies.IPv6, text[6..]),
            _ => (_selection.Preferred, text),
        };
        if (family != SocketFamilies.None)
            _selection.Restrict(family);
        return family switch
        {
            SocketFamilies.Unix => new SocketFilter.UnixName(isLocal, rest),
            SocketFamilies.Packet => ReadNumbered(rest, isLocal, isPort, family, ReadInterface, text => NameTables.EtherType(text)),
            SocketFamilies.Netlink => ReadNumbered(rest, isLocal, isPort, family, ReadNetlinkPort, text => NameTables.NetlinkProtocol(text) ?? ReadNumber(text)),
            SocketFamilies.Vsock => ReadNumbered(rest, isLocal, isPort, family, ReadNumber, ReadNumber),
            _ => ReadInet(rest, isLocal, isPort, family),
        };
    }

    private SocketFilter.Host ReadInet(string text, bool isLocal, bool isPort, SocketFamilies family)
    {
        (string host, string? port) = isPort ? ("", text.TrimStart(':'))
            : text.StartsWith('[') && text.IndexOf(']', StringComparison.Ordinal) is > 0 and var end ? (text[1..end], Behind(text[(end + 1)..]))
            : text.StartsWith('*') ? ("", Behind(text[1..]))
            : text.Count(character => character == ':') > 1 && ReadAddress(text.Split('/')[0], family) is not null ? (text, null) // IPv6 without brackets
            : SplitPort(text);
        long number = port is null or "" or "*" ? -1 : _names.Port(port, _selection.Tables)
            ?? throw Misuse($"\"{port}\" does not look like a port");
        if (host is "" or "*")
            return new SocketFilter.Host(isLocal, SocketFamilies.None, [], 0, number);

        if (host.Contains('%', StringComparison.Ordinal))
            throw Misuse($"an inet prefix is expected rather than \"{host}\" (dev asks for an interface)");
        string[] parts = host.Split('/', 2);
        int prefix = 128;
        if (parts.Length == 2 && MaskLength(parts[1]) is { } length)
            prefix = length;
        else if (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out prefix) || prefix > 128))
            throw Misuse($"an inet prefix is expected rather than \"{host}\"");
        if (parts[0] is "default" or "any" or "all")
            return new SocketFilter.Host(isLocal, SocketFamilies.None, [], 0, number);
        IReadOnlyList<byte[]> addresses = ReadAddress(parts[0], family) is { } address ? [address]
            : parts.Length == 1 ? [.. SystemNames.AddressesOf(parts[0], family switch { SocketFamilies.IPv6 => 10, SocketFamilies.IPv4 => 2, _ => 0 }).Distinct().Select(one => one.GetAddressBytes())]
            : [];
        if (addresses.Count == 0)
            throw Misuse($"an inet prefix is expected rather than \"{host}\"");
        if (parts.Length == 2 && prefix > addresses[0].Length * 8)
            throw Misuse($"the prefix of \"{host}\" is longer than the address");
        return new SocketFilter.Host(isLocal, addresses[0].Length == 4 ? SocketFamilies.IPv4 : SocketFamilies.IPv6, addresses, prefix, number);
    }

    // "10.0.1.0/24:443", "10.0.1.1:443", "2001:db8::1": the last colon after a prefix, or after IPv4, is that of a port.
    private static (string Host, string? Port) SplitPort(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int colon = text.LastIndexOf(':');
        return colon < 0 || colon < slash ? (text, null) : (text[..colon], text[(colon + 1)..]);
    }

    // "255.255.255.0" is a prefix of 24 bits.
    private static int? MaskLength(string text)
    {
        if (text.Split('.').Length != 4 || !IPAddress.TryParse(text, out IPAddress? mask))
            return null;
        uint bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(mask.GetAddressBytes());
        int length = System.Numerics.BitOperations.LeadingZeroCount(~bits);
        return bits << length == 0 || length == 32 ? length : null;
    }

    private static string? Behind(string text) => text.StartsWith(':') ? text[1..] : text is "" ? null : text;

    private static byte[]? ReadAddress(string text, SocketFamilies family)
    {
        if (text.Contains(':', StringComparison.Ordinal))
            return family is not SocketFamilies.IPv4 && IPAddress.TryParse(text, out IPAddress? v6) && v6.AddressFamily is AddressFamily.InterNetworkV6 ? v6.GetAddressBytes() : null;
        if (family is SocketFamilies.IPv6)
            return null;
        string[] parts = text.Split('.');
        byte[] octets = new byte[4]; // "10.0" means 10.0.0.0
        for (int i = 0; i < parts.Length; i++)
        {
            if (i > 3 || !byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out octets[i]))
                return null;
        }

        return octets;
    }

    private static SocketFilter.Host ReadNumbered(
        string text, bool isLocal, bool isPort, SocketFamilies family, Func<string, long?> readPort, Func<string, long?> readAddress)
    {
        string[] parts = isPort ? ["", text.TrimStart(':')] : text.Split(':', 2);
        long port = parts.Length < 2 || parts[1] is "" or "*" ? -1 : readPort(parts[1]) ?? throw Misuse($"\"{parts[1]}\" does not look like a port");
        byte[][] addresses = parts[0] is "" or "*" ? []
            : [BitConverter.GetBytes((uint)(readAddress(parts[0]) ?? throw Misuse($"\"{parts[0]}\" does not look like an address")))];
        return new SocketFilter.Host(isLocal, family, addresses, 32, port);
    }

    private static long? ReadInterface(string text) => ReadNumber(text) ?? InterfaceIndex.Of(text);

    private static long? ReadNetlinkPort(string text) => text is "kernel" ? 0 : ReadNumber(text);

    private static SocketFilter.Device ReadDevice(string text) => new(
        InterfaceIndex.Of(text) ?? (uint?)ReadNumber(text) ?? throw Misuse($"no interface is called \"{text}\""));

    private static SocketFilter.FirewallMark ReadMark(string text)
    {
        string[] parts = text.Split('/', 2);
        return ReadNumber(parts[0]) is { } mark && (parts.Length == 1 ? uint.MaxValue : ReadNumber(parts[1])) is { } mask
            ? new SocketFilter.FirewallMark((uint)mark, (uint)mask)
            : throw Misuse($"\"{text}\" does not look like a mark: 0x1 or 0x1/0xff do");
    }

    private SocketFilter.Cgroup ReadCgroup(string text) =>
        new(_names.Cgroups.NumberOf(text) ?? throw Misuse($"no cgroup (version 2) is at \"{text}\""));

    private static long? ReadNumber(string text) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint hexadecimal) ? hexadecimal : null
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private string Take(string what) => Peek is null ? throw Misuse($"{what} is missing") : _tokens[_next++];

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, $"filter: {what}; see man ss, EXPRESSION");
}
