using System.Buffers.Binary;
using NetWhy.Wire.Tls;

namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints TLS records on any port, which tcpdump does not. Source: RFC 8446, sections 4 to 6; RFC 6066, section 3; RFC 7301.</summary>
/// <remarks>
/// Only a record that begins where the segment does is recognized. What is said of it never ends the packet: where the
/// capture stops, so does this.
/// </remarks>
internal static class TlsPrinter
{
    private const int HeaderLength = 5;
    private const int LongestRecord = (1 << 14) + 2048; // RFC 5246, section 6.2.3
    private const int HelloRandomEnd = 34;
    private const ushort ServerName = 0, ApplicationProtocols = 16, SupportedVersions = 43;

    private static readonly Token[] ContentTypes =
    [
        (20, "ChangeCipherSpec"), (21, "Alert"), (22, "Handshake"), (23, "ApplicationData"), (24, "Heartbeat"),
    ];

    private static readonly Token[] Versions =
    [
        (0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1"), (0x0303, "TLS 1.2"), (0x0304, "TLS 1.3"),
    ];

    private static readonly Token[] Messages =
    [
        (0, "HelloRequest"), (1, "ClientHello"), (2, "ServerHello"), (4, "NewSessionTicket"), (5, "EndOfEarlyData"),
        (8, "EncryptedExtensions"), (11, "Certificate"), (12, "ServerKeyExchange"), (13, "CertificateRequest"),
        (14, "ServerHelloDone"), (15, "CertificateVerify"), (16, "ClientKeyExchange"), (20, "Finished"),
        (22, "CertificateStatus"), (24, "KeyUpdate"),
    ];

    /// <summary>Whether a segment begins with a record.</summary>
    /// <param name="octets">What was captured.</param>
    internal static bool IsRecord(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < HeaderLength || octets[0] is < 20 or > 24 || octets[1] != 3 || octets[2] > 4)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(octets[3..]);
        return length is > 0 and <= LongestRecord && (octets[0] != 20 || length == 1);
    }

    /// <summary>Prints the records of a segment that begins with one.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        string separator = ": ";
        bool isProtected = false;
        while (IsRecord(octets))
        {
            printer.Put(separator);
            int length = BinaryPrimitives.ReadUInt16BigEndian(octets[3..]);
            PrintRecord(printer, octets, length, isProtected);
            isProtected |= octets[0] == 20;
            separator = "; ";
            octets = PacketPrinter.From(octets, HeaderLength + length);
        }
    }

    private static void PrintRecord(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, bool isProtected)
    {
        printer.Token(Versions, BinaryPrimitives.ReadUInt16BigEndian(octets[1..]), "");
        printer.Put(" ");
        printer.Token(ContentTypes, octets[0], "");
        ReadOnlySpan<byte> content = PacketPrinter.Part(octets, HeaderLength, length);
        if (octets[0] == 22 && !isProtected)
            PrintMessages(printer, content, length);
        else if (octets[0] == 22)
            printer.Put(" (encrypted)");
        else if (octets[0] == 21)
            PrintAlert(printer, content, length);
        printer.Put($", length {length}");
    }

    private static void PrintAlert(PacketPrinter printer, ReadOnlySpan<byte> content, int length)
    {
        if (length != 2 || content.Length < 2 || content[0] is not (1 or 2))
        {
            printer.Put(length == 2 ? "" : " (encrypted)");
            return;
        }

        printer.Put(content[0] == 1 ? " warning " : " fatal ");
        printer.Put(TlsAlert.Name(content[1]));
    }

    // A message may go on in the next record; what is no message is encrypted.
    private static void PrintMessages(PacketPrinter printer, ReadOnlySpan<byte> content, int length)
    {
        string separator = " ";
        for (int at = 0; PacketPrinter.Has(content, at, 4);)
        {
            int size = BinaryPrimitives.ReadInt32BigEndian(content[at..]) & 0xff_ffff;
            string? name = Token.Find(Messages, content[at]);
            if (name is null || (size > length - at - 4 && content[at] is not (2 or 11)))
            {
                printer.Put(at == 0 ? " (encrypted)" : "");
                return;
            }

            printer.Put(separator);
            printer.Put(name);
            ReadOnlySpan<byte> message = PacketPrinter.Part(content, at + 4, size);
            if (content[at] == 1)
                PrintClientHello(printer, message);
            else if (content[at] == 2)
                PrintServerHello(printer, message);
            separator = ", ";
            at += 4 + size;
        }
    }

    private static void PrintClientHello(PacketPrinter printer, ReadOnlySpan<byte> message)
    {
        int at = HelloRandomEnd;
        if (!Skip(message, ref at, 1) || !Skip(message, ref at, 2) || !Skip(message, ref at, 1))
            return;
        bool offersVersions = false;
        for (at += 2; Next(message, ref at, out ushort type, out ReadOnlySpan<byte> extension);)
        {
            if (type == ServerName)
            {
                PrintServerName(printer, extension);
            }
            else if (type == ApplicationProtocols)
            {
                PrintProtocols(printer, extension);
            }
            else if (type == SupportedVersions)
            {
                PrintVersions(printer, PacketPrinter.From(extension, 1));
                offersVersions = true;
            }
        }

        if (!offersVersions)
            PrintVersions(printer, PacketPrinter.First(message, 2));
    }

    private static void PrintServerHello(PacketPrinter printer, ReadOnlySpan<byte> message)
    {
        int at = HelloRandomEnd;
        if (!Skip(message, ref at, 1) || !PacketPrinter.Has(message, at, 2))
            return;
        ushort suite = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        uint version = BinaryPrimitives.ReadUInt16BigEndian(message);
        ReadOnlySpan<byte> protocols = [];
        for (at += 5; Next(message, ref at, out ushort type, out ReadOnlySpan<byte> extension);)
        {
            if (type == SupportedVersions && extension.Length == 2)
                version = BinaryPrimitives.ReadUInt16BigEndian(extension);
            else if (type == ApplicationProtocols)
                protocols = extension;
        }

        printer.Put(", version ");
        printer.Token(Versions, version, "0x%04x");
        printer.Put(", cipher ");
        if (TlsCipherSuite.Name(suite) is { } name)
            printer.Put(name);
        else
            printer.Put($"0x{(uint)suite:x4}");
        if (!protocols.IsEmpty)
            PrintProtocols(printer, protocols);
    }

    private static void PrintServerName(PacketPrinter printer, ReadOnlySpan<byte> extension)
    {
        if (extension.Length < 5 || extension[2] != 0)
            return;
        printer.Put(", SNI ");
        printer.CapturedCharacters(extension, 5, BinaryPrimitives.ReadUInt16BigEndian(extension[3..]));
    }

    private static void PrintProtocols(PacketPrinter printer, ReadOnlySpan<byte> extension)
    {
        printer.Put(", ALPN");
        for (int at = 2; at < extension.Length; at += 1 + extension[at])
        {
            if (IsGrease(PacketPrinter.From(extension, at + 1)))
                continue;
            printer.Put(" ");
            printer.CapturedCharacters(extension, at + 1, extension[at]);
        }
    }

    private static void PrintVersions(PacketPrinter printer, ReadOnlySpan<byte> versions)
    {
        string separator = ", versions ";
        for (; versions.Length >= 2; versions = versions[2..])
        {
            if (IsGrease(versions))
                continue;
            printer.Put(separator);
            printer.Token(Versions, BinaryPrimitives.ReadUInt16BigEndian(versions), "0x%04x");
            separator = "/";
        }
    }

    // Values that are sent to be ignored. Source: RFC 8701, section 2.
    private static bool IsGrease(ReadOnlySpan<byte> octets) =>
        octets.Length >= 2 && octets[0] == octets[1] && (octets[0] & 0xf) == 0xa;

    private static bool Skip(ReadOnlySpan<byte> octets, ref int at, int lengthOctets)
    {
        if (!PacketPrinter.Has(octets, at, lengthOctets))
            return false;
        at += lengthOctets + (lengthOctets == 1 ? octets[at] : BinaryPrimitives.ReadUInt16BigEndian(octets[at..]));
        return at <= octets.Length;
    }

    private static bool Next(ReadOnlySpan<byte> message, scoped ref int at, out ushort type, out ReadOnlySpan<byte> extension)
    {
        type = 0;
        extension = [];
        if (!PacketPrinter.Has(message, at, 4))
            return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]);
        extension = PacketPrinter.Part(message, at + 4, length);
        at += 4 + length;
        return true;
    }
}
