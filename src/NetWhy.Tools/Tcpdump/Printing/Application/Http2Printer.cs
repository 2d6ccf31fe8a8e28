using System.Buffers.Binary;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints HTTP/2 in clear on ports that no other protocol has, which tcpdump does not. Source: RFC 9113, sections 3.4, 4.1, 6 and 7.</summary>
/// <remarks>Only a segment that begins with a frame, or with the preface, is recognized; what is said of it never ends the packet.</remarks>
internal static class Http2Printer
{
    private const int HeaderLength = 9;
    private const int LongestFrame = 1 << 14; // RFC 9113, section 4.2: until the peer allows more

    private static readonly Token[] Types =
    [
        (0, "DATA"), (1, "HEADERS"), (2, "PRIORITY"), (3, "RST_STREAM"), (4, "SETTINGS"), (5, "PUSH_PROMISE"), (6, "PING"),
        (7, "GOAWAY"), (8, "WINDOW_UPDATE"), (9, "CONTINUATION"),
    ];

    private static readonly Token[] Settings =
    [
        (1, "HEADER_TABLE_SIZE"), (2, "ENABLE_PUSH"), (3, "MAX_CONCURRENT_STREAMS"), (4, "INITIAL_WINDOW_SIZE"),
        (5, "MAX_FRAME_SIZE"), (6, "MAX_HEADER_LIST_SIZE"), (8, "ENABLE_CONNECT_PROTOCOL"), (9, "NO_RFC7540_PRIORITIES"),
    ];

    private static readonly Token[] Errors =
    [
        (0, "NO_ERROR"), (1, "PROTOCOL_ERROR"), (2, "INTERNAL_ERROR"), (3, "FLOW_CONTROL_ERROR"), (4, "SETTINGS_TIMEOUT"),
        (5, "STREAM_CLOSED"), (6, "FRAME_SIZE_ERROR"), (7, "REFUSED_STREAM"), (8, "CANCEL"), (9, "COMPRESSION_ERROR"),
        (10, "CONNECT_ERROR"), (11, "ENHANCE_YOUR_CALM"), (12, "INADEQUATE_SECURITY"), (13, "HTTP_1_1_REQUIRED"),
    ];

    private static readonly Token[] NoFlags = [];
    private static readonly Token[] AckFlag = [(1, "ACK")];
    private static readonly Token[] DataFlags = [(1, "END_STREAM"), (8, "PADDED")];
    private static readonly Token[] HeaderFlags = [(1, "END_STREAM"), (4, "END_HEADERS"), (8, "PADDED"), (0x20, "PRIORITY")];
    private static readonly Token[] PromiseFlags = [(4, "END_HEADERS"), (8, "PADDED")];
    private static readonly Token[] ContinuationFlags = [(4, "END_HEADERS")];

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Whether a segment is the preface, or frames and nothing else but the last frame's beginning.</summary>
    /// <param name="octets">What was captured.</param>
    internal static bool IsHttp2(ReadOnlySpan<byte> octets)
    {
        if (octets.StartsWith(Preface))
            return true;
        bool isFrame = false;
        while (octets.Length >= HeaderLength)
        {
            if (!IsFrame(octets))
                return false;
            isFrame = true;
            octets = PacketPrinter.From(octets, HeaderLength + Length(octets));
        }

        return isFrame;
    }

    /// <summary>Prints the frames of a segment.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        printer.Put(": HTTP/2");
        string separator = " ";
        if (octets.StartsWith(Preface))
        {
            printer.Put(" preface");
            separator = ", ";
            octets = octets[Preface.Length..];
        }

        while (octets.Length >= HeaderLength && IsFrame(octets))
        {
            printer.Put(separator);
            PrintFrame(printer, octets);
            separator = ", ";
            octets = PacketPrinter.From(octets, HeaderLength + Length(octets));
        }
    }

    private static int Length(ReadOnlySpan<byte> frame) => (int)(BinaryPrimitives.ReadUInt32BigEndian(frame) >> 8);

    private static uint Stream(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32BigEndian(frame[5..]);

    private static bool IsFrame(ReadOnlySpan<byte> frame)
    {
        int length = Length(frame);
        uint stream = Stream(frame);
        if (length > LongestFrame || stream > int.MaxValue || (frame[4] & ~KnownFlags(frame[3])) != 0)
            return false;
        return frame[3] switch
        {
            0 or 1 or 9 => stream != 0,
            2 => stream != 0 && length == 5,
            3 => stream != 0 && length == 4,
            4 => stream == 0 && length % 6 == 0,
            5 => stream != 0 && length >= 4,
            6 => stream == 0 && length == 8,
            7 => stream == 0 && length >= 8,
            8 => length == 4,
            _ => false,
        };
    }

    private static uint KnownFlags(byte type)
    {
        uint known = 0;
        foreach (ref readonly Token flag in Flags(type).AsSpan())
            known |= flag.Value;
        return known;
    }

    private static Token[] Flags(byte type) => type switch
    {
        0 => DataFlags,
        1 => HeaderFlags,
        4 or 6 => AckFlag,
        5 => PromiseFlags,
        9 => ContinuationFlags,
        _ => NoFlags,
    };

    private static void PrintFrame(PacketPrinter printer, ReadOnlySpan<byte> frame)
    {
        printer.Token(Types, frame[3], "");
        if (Stream(frame) != 0)
            printer.Put($" stream {Stream(frame)}");
        if (frame[4] != 0)
        {
            printer.Put(" ");
            printer.Bits(Flags(frame[3]), frame[4], "", " ");
        }

        PrintContent(printer, frame[3], PacketPrinter.Part(frame, HeaderLength, Length(frame)));
        printer.Put($" length {Length(frame)}");
    }

    private static void PrintContent(PacketPrinter printer, byte type, ReadOnlySpan<byte> content)
    {
        switch (type)
        {
            case 3 when content.Length >= 4:
                printer.Put(" ");
                printer.Token(Errors, BinaryPrimitives.ReadUInt32BigEndian(content), "error 0x%x");
                break;
            case 4:
                PrintSettings(printer, content);
                break;
            case 5 when content.Length >= 4:
                printer.Put($" promised {BinaryPrimitives.ReadUInt32BigEndian(content) & int.MaxValue}");
                break;
            case 7 when content.Length >= 8:
                printer.Put($" last stream {BinaryPrimitives.ReadUInt32BigEndian(content) & int.MaxValue} ");
                printer.Token(Errors, BinaryPrimitives.ReadUInt32BigEndian(content[4..]), "error 0x%x");
                break;
            case 8 when content.Length >= 4:
                printer.Put($" {BinaryPrimitives.ReadUInt32BigEndian(content) & int.MaxValue}");
                break;
        }
    }

    private static void PrintSettings(PacketPrinter printer, ReadOnlySpan<byte> content)
    {
        if (content.Length < 6)
            return;
        string separator = " [";
        for (; content.Length >= 6; content = content[6..])
        {
            printer.Put(separator);
            printer.Token(Settings, BinaryPrimitives.ReadUInt16BigEndian(content), "0x%x");
            printer.Put($" {BinaryPrimitives.ReadUInt32BigEndian(content[2..])}");
            separator = ", ";
        }

        printer.Put("]");
    }
}
