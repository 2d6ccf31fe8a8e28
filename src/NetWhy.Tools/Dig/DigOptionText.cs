using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Unicode;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Prints EDNS and its options as dig does.</summary>
internal static class DigOptionText
{
    private const int HighestError = 29; // whose name BIND 9.18 knows

    /// <summary>Prints the pseudo-section of a message; nothing if it has no EDNS.</summary>
    /// <param name="message">The message.</param>
    /// <param name="console">Where to.</param>
    /// <param name="isUnpadded">Whether the last option is shown as it was before it was filled.</param>
    internal static void Print(DigMessage message, DigConsole console, bool isUnpadded)
    {
        if (!message.TryReadEdns(out DnsEdns edns))
            return;
        string unknown = UnknownFlags(edns) is var bits and not 0 ? string.Create(CultureInfo.InvariantCulture, $"; MBZ: 0x{bits:x4}, udp: ") : "; udp: ";
        console.Print(string.Create(CultureInfo.InvariantCulture, $";; OPT PSEUDOSECTION:\n; EDNS: version: {edns.Version}, flags:{FlagsOf(edns)}{unknown}{edns.PayloadSize}\n"));
        int offset = 0;
        while (edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value) is OperationStatus.Done)
        {
            console.Print($"; {(code is DnsOptionCode.TcpKeepalive ? "TCP KEEPALIVE" : NameOf(code))}:");
            PrintValue(code, isUnpadded && offset == edns.Options.Length ? [] : value, message, console);
            console.Print("\n");
        }
    }

    /// <summary>The name of an option, as dig prints it.</summary>
    /// <param name="code">The option.</param>
    internal static string NameOf(DnsOptionCode code) => code switch
    {
        DnsOptionCode.LongLivedQuery => "LLQ",
        DnsOptionCode.NameServerId => "NSID",
        DnsOptionCode.Cookie => "COOKIE",
        DnsOptionCode.ClientSubnet => "CLIENT-SUBNET",
        DnsOptionCode.Expire => "EXPIRE",
        DnsOptionCode.TcpKeepalive => "TCP-KEEPALIVE",
        DnsOptionCode.Padding => "PAD",
        DnsOptionCode.KeyTag => "KEY-TAG",
        DnsOptionCode.ExtendedError => "EDE",
        DnsOptionCode.ClientTag => "CLIENT-TAG",
        DnsOptionCode.ServerTag => "SERVER-TAG",
        _ => string.Create(CultureInfo.InvariantCulture, $"OPT={(ushort)code}"),
    };

    /// <summary>The names of the flags that are set, each behind a blank.</summary>
    /// <param name="edns">The record.</param>
    internal static string FlagsOf(DnsEdns edns) => ((edns.Flags & 0x8000) != 0 ? " do" : "") + ((edns.Flags & 0x4000) != 0 ? " co" : "");

    /// <summary>The flags that have no name.</summary>
    /// <param name="edns">The record.</param>
    internal static int UnknownFlags(DnsEdns edns) => edns.Flags & 0x3fff;

    /// <summary>What an option that consists of numbers says; null if it is none, or is malformed.</summary>
    /// <param name="code">The option.</param>
    /// <param name="value">Its octets.</param>
    internal static string? NumbersOf(DnsOptionCode code, ReadOnlySpan<byte> value)
    {
        switch (code)
        {
            case DnsOptionCode.LongLivedQuery when value.Length == 18:
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $" Version: {Number16(value)}, Opcode: {Number16(value[2..])}, Error: {Number16(value[4..])}, Identifier: {BinaryPrimitives.ReadUInt64BigEndian(value[6..])}, Lifetime: {BinaryPrimitives.ReadUInt32BigEndian(value[14..])}");
            case DnsOptionCode.Expire when value.Length == 4:
                uint seconds = BinaryPrimitives.ReadUInt32BigEndian(value);
                return string.Create(CultureInfo.InvariantCulture, $" {seconds} ({DnsRecordText.LongTime(seconds)})");
            case DnsOptionCode.TcpKeepalive when value.Length == 2:
                return string.Create(CultureInfo.InvariantCulture, $" {Number16(value) / 10}.{Number16(value) % 10} secs");
            case DnsOptionCode.ClientTag or DnsOptionCode.ServerTag when value.Length == 2:
                return string.Create(CultureInfo.InvariantCulture, $" {Number16(value)}");
            case DnsOptionCode.KeyTag when value.Length > 0 && value.Length % 2 == 0:
                var tags = new StringBuilder();
                for (int i = 0; i < value.Length; i += 2)
                    tags.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ",")} {Number16(value[i..])}");
                return tags.ToString();
            case DnsOptionCode.ClientSubnet:
                return SubnetOf(value);
            default:
                return null;
        }
    }

    /// <summary>The number of an extended error with its name, if it has one.</summary>
    /// <param name="error">The number.</param>
    internal static string ErrorOf(ushort error) => error <= HighestError
        ? string.Create(CultureInfo.InvariantCulture, $" {error} ({((DnsExtendedErrorCode)error).Mnemonic})")
        : string.Create(CultureInfo.InvariantCulture, $" {error}");

    /// <summary>Octets in hexadecimal.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="separator">What stands behind each.</param>
    internal static string Hex(ReadOnlySpan<byte> octets, string separator)
    {
        var text = new StringBuilder();
        foreach (byte octet in octets)
            text.Append(CultureInfo.InvariantCulture, $"{octet:x2}{separator}");
        return text.ToString();
    }

    /// <summary>Octets as text, a dot for each that cannot be shown.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="isUtf8">Whether more than ASCII is shown.</param>
    internal static string Shown(ReadOnlySpan<byte> octets, bool isUtf8)
    {
        string text = isUtf8 ? Encoding.UTF8.GetString(octets) : Encoding.Latin1.GetString(octets);
        // Control characters beyond ASCII steer terminals, too.
        return string.Concat(text.Select(character => character is >= ' ' and <= '~' || (isUtf8 && character > '\u009f') ? character : '.'));
    }

    /// <summary>What is said of a cookie: whether it is ours.</summary>
    /// <param name="message">The message.</param>
    /// <param name="length">Octets of the option.</param>
    internal static string CookieVerdict(DigMessage message, int length)
    {
        const int ShortestWhole = 16; // octets of the client's and the server's
        return message.IsCookieRight switch
        {
            true => length >= ShortestWhole ? " (good)" : " (echoed)",
            false => " (bad)",
            null => "",
        };
    }

    private static ushort Number16(ReadOnlySpan<byte> octets) => BinaryPrimitives.ReadUInt16BigEndian(octets);

    private static void PrintValue(DnsOptionCode code, ReadOnlySpan<byte> value, DigMessage message, DigConsole console)
    {
        if (NumbersOf(code, value) is { } text)
        {
            console.Print(text);
            return;
        }

        switch (code)
        {
            case DnsOptionCode.Padding:
                console.Print(value.IsEmpty ? "" : string.Create(CultureInfo.InvariantCulture, $" ({value.Length} bytes)"));
                return;
            case DnsOptionCode.ExtendedError when value.Length == 1:
                console.Print($" {Hex(value, "")} (\"{Shown(value, isUtf8: false)}\")");
                return;
            case DnsOptionCode.ExtendedError when value.Length >= 2:
                console.Print(ErrorOf(Number16(value)));
                value = value[2..];
                if (!value.IsEmpty)
                    console.Print(":");
                break;
        }

        if (value.IsEmpty)
            return;
        bool isError = code is DnsOptionCode.ExtendedError;
        bool isUtf8 = isError && Utf8.IsValid(value);
        console.Print(" ");
        if (!isUtf8)
            console.Print(Hex(value, code is DnsOptionCode.Cookie ? "" : " "));
        if (code is DnsOptionCode.Cookie)
            console.Print(CookieVerdict(message, value.Length));
        else if (code is not DnsOptionCode.ClientSubnet)
            console.Print(isError ? $"({Shown(value, isUtf8)})" : $"(\"{Shown(value, isUtf8)}\")");
    }

    private static string? SubnetOf(ReadOnlySpan<byte> value)
    {
        const int HeadSize = 4, Bits = 8;
        if (value.Length < HeadSize)
            return null;
        int family = Number16(value), source = value[2], scope = value[3], octets = (source + Bits - 1) / Bits;
        int most = family switch { 0 => 0, 1 => 32, 2 => 128, _ => -1 };
        if (source > most || scope > most || value.Length - HeadSize < octets)
            return null;
        byte[] address = new byte[family == 2 ? 16 : 4];
        value.Slice(HeadSize, octets).CopyTo(address);
        return string.Create(CultureInfo.InvariantCulture, $" {(family == 0 ? "0" : new IPAddress(address).ToString())}/{source}/{scope}");
    }
}
