namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints protocols of lines of text. Source: RFC 9112 (HTTP), 5321 (SMTP), 959 (FTP), 7826 (RTSP), 3261 (SIP), 3912 (WHOIS).</summary>
internal static class TextProtocolPrinter
{
    private const int LongestToken = 127;

    private static readonly string[] HttpMethods =
    [
        "GET", "PUT", "COPY", "HEAD", "LOCK", "MOVE", "POLL", "POST", "BCOPY", "BMOVE", "MKCOL", "TRACE", "LABEL", "MERGE", "DELETE",
        "SEARCH", "UNLOCK", "REPORT", "UPDATE", "NOTIFY", "BDELETE", "CONNECT", "OPTIONS", "CHECKIN", "PROPFIND", "CHECKOUT", "CCM_POST",
        "SUBSCRIBE", "PROPPATCH", "BPROPFIND", "BPROPPATCH", "UNCHECKOUT", "MKACTIVITY", "MKWORKSPACE", "UNSUBSCRIBE", "RPC_CONNECT",
        "VERSION-CONTROL", "BASELINE-CONTROL",
    ];

    private static readonly string[] RtspMethods =
    [
        "DESCRIBE", "ANNOUNCE", "GET_PARAMETER", "OPTIONS", "PAUSE", "PLAY", "RECORD", "REDIRECT", "SETUP", "SET_PARAMETER", "TEARDOWN",
    ];

    private static readonly string[] SipMethods =
    [
        "ACK", "BYE", "CANCEL", "DO", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "QAUTH", "REFER", "REGISTER", "SPRACK",
        "SUBSCRIBE", "UPDATE", "PUBLISH",
    ];

    /// <summary>Prints HTTP.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void PrintHttp(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        Print(printer, octets, length, "http", "HTTP", HttpMethods);

    /// <summary>Prints RTSP.</summary>
    /// <inheritdoc cref="PrintHttp"/>
    internal static void PrintRtsp(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        Print(printer, octets, length, "rtsp", "RTSP", RtspMethods);

    /// <summary>Prints SIP.</summary>
    /// <inheritdoc cref="PrintHttp"/>
    internal static void PrintSip(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        Print(printer, octets, length, "sip", "SIP", SipMethods);

    /// <summary>Prints SMTP.</summary>
    /// <inheritdoc cref="PrintHttp"/>
    internal static void PrintSmtp(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        Print(printer, octets, length, "smtp", "SMTP", []);

    /// <summary>Prints FTP's commands and replies.</summary>
    /// <inheritdoc cref="PrintHttp"/>
    internal static void PrintFtp(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        Print(printer, octets, length, "ftp", "FTP", []);

    /// <summary>Prints WHOIS.</summary>
    /// <inheritdoc cref="PrintHttp"/>
    internal static void PrintWhois(PacketPrinter printer, ReadOnlySpan<byte> octets, int length) =>
        Print(printer, octets, length, "whois", "WHOIS", []);

    // Where bodies of any kind follow the headers, only what begins with a method or a status line is shown.
    private static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string protocol, string name, string[] methods)
    {
        printer.Protocol = protocol;
        printer.Put(name);
        if (methods.Length > 0 && !Begins(octets, length, methods))
            return;
        if (printer.Verbosity == 0)
        {
            PutLine(printer, ": ", octets, 0, length);
            return;
        }

        printer.Put($", length: {length}");
        for (int at = 0; at < length && !printer.IsCut;)
        {
            int next = PutLine(printer, "\n\t", octets, at, length);
            if (next == 0)
                break;
            at = next;
        }
    }

    private static bool Begins(ReadOnlySpan<byte> octets, int length, string[] methods)
    {
        int next = SkipToken(octets, 0, length, out ReadOnlySpan<byte> token);
        if (next == 0)
            return false;
        foreach (string method in methods)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(token, method))
                return true;
        }

        return SkipToken(octets, next, length, out token) != 0 && token.Length == 3
            && !token.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }

    // The offset behind a word and the spaces that follow it; 0 if there is none.
    private static int SkipToken(ReadOnlySpan<byte> octets, int at, int length, out ReadOnlySpan<byte> token)
    {
        int start = at;
        token = default;
        for (; at < length; at++)
        {
            if (at >= octets.Length)
                return 0;
            byte octet = octets[at];
            if (octet is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                break;
            if (!IsPrintable(octet) || at - start >= LongestToken)
                return 0;
        }

        if (at == start)
            return 0;
        token = octets[start..at];
        while (at < length && at < octets.Length && octets[at] is (byte)' ')
            at++;
        return at;
    }

    private static int PutLine(PacketPrinter printer, string prefix, ReadOnlySpan<byte> octets, int at, int length)
    {
        int start = at;
        for (; at < length; at++)
        {
            byte octet = printer.U8(octets, at);
            if (printer.IsCut)
                return 0;
            int next = 0;
            if (octet is (byte)'\n')
            {
                next = at + 1;
            }
            else if (octet is (byte)'\r')
            {
                if (at + 1 >= length || printer.U8(octets, at + 1) is not (byte)'\n')
                    return 0;
                next = at + 2;
            }
            else if (!IsPrintable(octet) && octet is not (byte)'\t')
            {
                return 0;
            }

            if (next > 0)
            {
                printer.Put($"{prefix}{octets[start..at]}");
                return next;
            }
        }

        printer.Put($"{prefix}{octets[start..at]}");
        printer.Truncated();
        return 0;
    }

    private static bool IsPrintable(byte octet) => octet is >= 0x20 and < 0x7f;
}
