using System.Buffers.Binary;
using NetWhy.Wire.Http;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints HTTP/2 in clear on ports that no other protocol has, which tcpdump does not. Source: RFC 9113, sections 3.4, 4.1, 6 and 7.</summary>
/// <remarks>Only a segment that begins with a frame, or with the preface, is recognized; what is said of it never ends the packet.</remarks>
internal static class Http2Printer
{
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

    /// <summary>Whether a segment is the preface, or frames and nothing else but the last frame's beginning.</summary>
    /// <param name="octets">What was captured.</param>
    internal static bool IsHttp2(ReadOnlySpan<byte> octets)
    {
        if (octets.StartsWith(Http2Frame.Preface))
            return true;
        bool isFrame = false;
        foreach (Http2Frame frame in new Http2Frames(octets))
        {
            if (!IsFrame(frame))
                return false;
            isFrame = true;
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
        if (octets.StartsWith(Http2Frame.Preface))
        {
            printer.Put(" preface");
            separator = ", ";
        }

        foreach (Http2Frame frame in new Http2Frames(octets))
        {
            if (!IsFrame(frame))
                return;
            printer.Put(separator);
            PrintFrame(printer, frame);
            separator = ", ";
        }
    }

    private static bool IsFrame(Http2Frame frame)
    {
        int stream = frame.StreamId;
        if (frame.Length > LongestFrame || frame.HasReservedBit || (frame.Flags & ~KnownFlags(frame.Type)) != 0)
            return false;
        return frame.Type switch
        {
            Http2FrameType.Data or Http2FrameType.Headers or Http2FrameType.Continuation => stream != 0,
            Http2FrameType.Priority => stream != 0 && frame.Length == 5,
            Http2FrameType.ResetStream => stream != 0 && frame.Length == 4,
            Http2FrameType.Settings => stream == 0 && frame.Length % 6 == 0,
            Http2FrameType.PushPromise => stream != 0 && frame.Length >= 4,
            Http2FrameType.Ping => stream == 0 && frame.Length == 8,
            Http2FrameType.GoAway => stream == 0 && frame.Length >= 8,
            Http2FrameType.WindowUpdate => frame.Length == 4,
            _ => false,
        };
    }

    private static uint KnownFlags(Http2FrameType type)
    {
        uint known = 0;
        foreach (ref readonly Token flag in Flags(type).AsSpan())
            known |= flag.Value;
        return known;
    }

    private static Token[] Flags(Http2FrameType type) => type switch
    {
        Http2FrameType.Data => DataFlags,
        Http2FrameType.Headers => HeaderFlags,
        Http2FrameType.Settings or Http2FrameType.Ping => AckFlag,
        Http2FrameType.PushPromise => PromiseFlags,
        Http2FrameType.Continuation => ContinuationFlags,
        _ => NoFlags,
    };

    private static void PrintFrame(PacketPrinter printer, Http2Frame frame)
    {
        printer.Token(Types, (uint)frame.Type, "");
        if (frame.StreamId != 0)
            printer.Put($" stream {frame.StreamId}");
        if (frame.Flags != 0)
        {
            printer.Put(" ");
            printer.Bits(Flags(frame.Type), frame.Flags, "", " ");
        }

        PrintContent(printer, frame.Type, frame.Payload);
        printer.Put($" length {frame.Length}");
    }

    private static void PrintContent(PacketPrinter printer, Http2FrameType type, ReadOnlySpan<byte> content)
    {
        switch (type)
        {
            case Http2FrameType.ResetStream when content.Length >= 4:
                printer.Put(" ");
                printer.Token(Errors, BinaryPrimitives.ReadUInt32BigEndian(content), "error 0x%x");
                break;
            case Http2FrameType.Settings:
                PrintSettings(printer, content);
                break;
            case Http2FrameType.PushPromise when content.Length >= 4:
                printer.Put($" promised {BinaryPrimitives.ReadUInt32BigEndian(content) & int.MaxValue}");
                break;
            case Http2FrameType.GoAway when content.Length >= 8:
                printer.Put($" last stream {BinaryPrimitives.ReadUInt32BigEndian(content) & int.MaxValue} ");
                printer.Token(Errors, BinaryPrimitives.ReadUInt32BigEndian(content[4..]), "error 0x%x");
                break;
            case Http2FrameType.WindowUpdate when content.Length >= 4:
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
