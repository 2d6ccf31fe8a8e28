using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>Reads the values that are written in a filter, as what they are compared with.</summary>
/// <param name="memory">Where octets are kept.</param>
internal sealed class FilterLiterals(FilterMemory memory)
{
    /// <summary>Reads a value.</summary>
    /// <param name="node">How it is written.</param>
    /// <param name="type">What it is compared with.</param>
    /// <param name="names">The field whose names of values may stand for it; null for none.</param>
    /// <param name="isPart">Whether a part of an Ethernet address will do.</param>
    /// <exception cref="DisplayFilterException">It is no such value.</exception>
    internal ConstantOperand Read(FilterNode node, FilterType type, Field? names, bool isPart = false) =>
        new(type, node switch
        {
            LiteralNode literal => Plain(literal, type, names, isPart),
            TextNode text => Quoted(text, type, names),
            _ => Character((CharacterNode)node, type),
        });

    private FilterValue Plain(LiteralNode node, FilterType type, Field? names, bool isPart)
    {
        string text = node.Text;
        return type.Kind switch
        {
            FieldKind.Boolean or FieldKind.Unsigned or FieldKind.Signed or FieldKind.FrameNumber => Integer(node, type, names),
            FieldKind.Double when FilterNumbers.TryParseDouble(text, out double number) => new FilterValue { Double = number },
            FieldKind.Time => Time(text, node),
            FieldKind.Duration when FilterNumbers.TryParseSeconds(text, out long nanoseconds) => new FilterValue { Number = nanoseconds },
            FieldKind.Text => memory.Keep(Encoding.UTF8.GetBytes(text)),
            FieldKind.Octets or FieldKind.Protocol when FilterAddresses.TryParseOctets(text, out byte[] octets) => memory.Keep(octets),
            FieldKind.EthernetAddress when FilterAddresses.TryParseOctets(text, out byte[] octets) => octets.Length == 6 || isPart
                ? memory.Keep(octets)
                : throw Wrong(node, $"an Ethernet address has 6 octets, this one {octets.Length}; a slice compares a part: eth.src[0:3] == 00:00:5e"),
            FieldKind.Ipv4Address or FieldKind.Ipv6Address => Address(node, type),
            FieldKind.Octets or FieldKind.Protocol => throw Wrong(node, $"“{FilterErrors.Shorten(text)}” are no octets: write 01:02:ff or 0xff, and text in double quotes"),
            _ => throw Wrong(node, $"“{FilterErrors.Shorten(text)}” is not {type}{Hint(type)}"),
        };
    }

    private static string Hint(FilterType type) => type.Kind switch
    {
        FieldKind.EthernetAddress => ": write 00:00:5e:00:53:01",
        FieldKind.Duration => ": write 0.25, with at most nine digits behind the point",
        FieldKind.Double => ": write 0.25 or 1e-3",
        _ => "",
    };

    private static FilterValue Integer(LiteralNode node, FilterType type, Field? names)
    {
        FilterInteger integer = FilterValue.IntegerOf(type);
        if (FilterNumbers.TryParse(node.Text, out UInt128 number))
        {
            UInt128 most = Largest(type);
            if (number > most)
                throw Wrong(node, $"{FilterErrors.Shorten(node.Text)} is too large for {type}: the largest is {most}");
            bool isBoolean = type.Kind == FieldKind.Boolean;
            return new FilterValue { Integer = integer, Number = isBoolean && number > 1 ? 1 : (Int128)number };
        }

        if (type.Kind == FieldKind.Boolean && node.Text is "True" or "TRUE" or "False" or "FALSE")
            return new FilterValue { Integer = integer, Number = node.Text[0] == 'T' ? 1 : 0 };
        return Named(node, node.Text, type, names);
    }

    private static UInt128 Largest(FilterType type) => type.Kind switch
    {
        FieldKind.Boolean => ulong.MaxValue,
        FieldKind.Signed => (UInt128.One << (type.Bits - 1)) - 1,
        _ => (UInt128.One << type.Bits) - 1,
    };

    private static FilterValue Named(FilterNode node, string text, FilterType type, Field? names)
    {
        FilterInteger integer = FilterValue.IntegerOf(type);
        if (names is { Kind: FieldKind.Boolean, ValueNames: null })
        {
            foreach ((string name, int value) in new[] { (names.Truths.True, 1), (names.Truths.False, 0) })
            {
                if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
                    return new FilterValue { Integer = integer, Number = value };
            }

            if (names.Truths.True is not "True")
                throw Wrong(node, $"“{FilterErrors.Shorten(text)}” is not {type}: write 1, 0, True, False, \"{names.Truths.True}\" or \"{names.Truths.False}\"");
        }
        else if (names is { ValueNames: { } valueNames, Kind: not FieldKind.FrameNumber })
        {
            foreach ((ulong value, string name) in valueNames)
            {
                if (name.Equals(text, StringComparison.OrdinalIgnoreCase))
                    return new FilterValue { Integer = integer, Number = type.Kind == FieldKind.Signed ? unchecked((long)value) : (Int128)value };
            }

            throw Wrong(node, $"“{FilterErrors.Shorten(text)}” is neither a number nor a name of a value of {names.Name}{Some(valueNames)}");
        }

        string hint = (type.Kind, text.Contains('-', StringComparison.Ordinal)) switch
        {
            (FieldKind.Boolean, _) => "write 1, 0, True or False",
            (_, true) => "write blanks around a minus, for names may have a hyphen",
            _ => "write 80, 0x50, 0120 or 0b1010000",
        };
        throw Wrong(node, $"“{FilterErrors.Shorten(text)}” is not {type}: {hint}");
    }

    private static string Some(IReadOnlyDictionary<ulong, string> names) =>
        names.Count == 0 ? "" : $", such as \"{names.Values.First()}\"";

    private FilterValue Address(LiteralNode node, FilterType type)
    {
        bool isIpv4 = type.Kind == FieldKind.Ipv4Address;
        int most = isIpv4 ? 32 : 128;
        int slash = node.Text.IndexOf('/', StringComparison.Ordinal);
        int prefix = most;
        if (slash >= 0)
        {
            prefix = int.Parse(node.Text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture);
            if (prefix > most)
                throw Wrong(node, $"a prefix of {type} has at most {most} bits, not {prefix}");
        }

        ReadOnlySpan<char> address = slash < 0 ? node.Text : node.Text.AsSpan(0, slash);
        if (isIpv4 && FilterAddresses.TryParseIpv4(address, out uint number))
            return new FilterValue { Number = number, Prefix = (byte)prefix };
        if (!isIpv4 && FilterAddresses.TryParseIpv6(address, out byte[] octets))
            return memory.Keep(octets) with { Prefix = (byte)prefix };
        string example = isIpv4 ? "10.0.0.1 or 10.0.0.0/8" : "2001:db8::1 or 2001:db8::/32";
        throw Wrong(node, $"“{FilterErrors.Shorten(node.Text)}” is not {type}: write {example}; names of hosts are not looked up");
    }

    private FilterValue Quoted(TextNode node, FilterType type, Field? names)
    {
        bool hasNames = names is not null && (names.ValueNames is not null || names.Kind == FieldKind.Boolean);
        return type.Kind switch
        {
            FieldKind.Text or FieldKind.Octets or FieldKind.Protocol => memory.Keep(node.Octets),
            FieldKind.Time => Time(Encoding.UTF8.GetString(node.Octets), node),
            FieldKind.Boolean or FieldKind.Unsigned or FieldKind.Signed when hasNames => Named(node, Encoding.UTF8.GetString(node.Octets), type, names),
            _ => throw Wrong(node, $"text in quotes is not {type}: write the value without quotes"),
        };
    }

    private FilterValue Character(CharacterNode node, FilterType type) => type.Kind switch
    {
        FieldKind.Text or FieldKind.Octets or FieldKind.Protocol => memory.Keep([node.Value]),
        FieldKind.Boolean => new FilterValue { Integer = FilterValue.IntegerOf(type), Number = Math.Sign((int)node.Value) },
        FieldKind.Unsigned or FieldKind.Signed or FieldKind.FrameNumber => new FilterValue { Integer = FilterValue.IntegerOf(type), Number = node.Value },
        _ => throw Wrong(node, $"a character in single quotes is not {type}"),
    };

    private static FilterValue Time(string text, FilterNode node) =>
        FilterTimes.TryParse(text, TimeZoneInfo.Local, out Int128 nanoseconds)
            ? new FilterValue { Number = nanoseconds }
            : throw Wrong(node, $"“{FilterErrors.Shorten(text)}” is no date and time: write \"2020-07-04 12:34:56.5\" for local time, with Z or +01:00 behind it for another, or \"Jul 4, 2020 12:34:56\"");

    private static DisplayFilterException Wrong(FilterNode node, string what) => new(what, node.Position, node.Length);
}
