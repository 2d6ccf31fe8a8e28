namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints syslog over UDP. Source: RFC 3164.</summary>
internal static class SyslogPrinter
{
    private const int MostDigits = 3;

    private static readonly Token[] Severities =
    [
        (0, "emergency"), (1, "alert"), (2, "critical"), (3, "error"), (4, "warning"), (5, "notice"), (6, "info"), (7, "debug"),
    ];

    private static readonly Token[] Facilities =
    [
        (0, "kernel"), (1, "user"), (2, "mail"), (3, "daemon"), (4, "auth"), (5, "syslog"), (6, "lpr"), (7, "news"), (8, "uucp"),
        (9, "cron"), (10, "authpriv"), (11, "ftp"), (12, "ntp"), (13, "security"), (14, "console"), (15, "cron"), (16, "local0"),
        (17, "local1"), (18, "local2"), (19, "local3"), (20, "local4"), (21, "local5"), (22, "local6"), (23, "local7"),
    ];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "syslog";
        if (printer.U8(octets, 0) != '<')
        {
            printer.Invalid();
            return;
        }

        uint priority = 0;
        int at = 1;
        for (; at <= MostDigits && char.IsAsciiDigit((char)printer.U8(octets, at)); at++)
            priority = (priority * 10) + octets[at] - '0';
        if (printer.U8(octets, at++) != '>')
        {
            printer.Invalid();
            return;
        }

        uint severity = priority & 7, facility = (priority & 0x3f8) >> 3;
        if (printer.Verbosity == 0)
        {
            printer.Put("SYSLOG ");
            printer.Token(Facilities, facility, "unknown (%u)");
            printer.Put(".");
            printer.Token(Severities, severity, "unknown (%u)");
            printer.Put($", length: {length}");
            return;
        }

        printer.Put($"SYSLOG, length: {length}\n\tFacility ");
        printer.Token(Facilities, facility, "unknown (%u)");
        printer.Put($" ({facility}), Severity ");
        printer.Token(Severities, severity, "unknown (%u)");
        printer.Put($" ({severity})\n\tMsg: ");
        printer.Characters(octets, at, length - at);
        if (printer.Verbosity > 1)
            printer.Unknown(octets, 0, "\n\t", length);
    }
}
