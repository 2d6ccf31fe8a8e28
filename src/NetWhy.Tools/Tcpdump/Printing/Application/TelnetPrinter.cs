namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints the commands of Telnet that a segment begins with. Source: RFC 854, 855, 2941, 2946; IANA, Telnet Options.</summary>
internal static class TelnetPrinter
{
    private const int FirstCommand = 236, End = 240, Subnegotiation = 250, Will = 251, Escape = 255;
    private const int Authentication = 37, Encryption = 38;

    private static readonly string[] Commands =
    [
        "EOF", "SUSP", "ABORT", "EOR", "SE", "NOP", "DMARK", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SB", "WILL", "WONT", "DO", "DONT",
        "IAC",
    ];

    private static readonly string[] Options =
    [
        "BINARY", "ECHO", "RCP", "SUPPRESS GO AHEAD", "NAME", "STATUS", "TIMING MARK", "RCTE", "NAOL", "NAOP", "NAOCRD", "NAOHTS", "NAOHTD",
        "NAOFFD", "NAOVTS", "NAOVTD", "NAOLFD", "EXTEND ASCII", "LOGOUT", "BYTE MACRO", "DATA ENTRY TERMINAL", "SUPDUP", "SUPDUP OUTPUT",
        "SEND LOCATION", "TERMINAL TYPE", "END OF RECORD", "TACACS UID", "OUTPUT MARKING", "TTYLOC", "3270 REGIME", "X.3 PAD", "NAWS",
        "TSPEED", "LFLOW", "LINEMODE", "XDISPLOC", "OLD-ENVIRON", "AUTHENTICATION", "ENCRYPT", "NEW-ENVIRON",
    ];

    private static readonly string[] Qualifiers = ["IS", "SEND", "INFO"];
    private static readonly string[] AuthenticationCommands = ["IS", "SEND", "REPLY", "NAME"];

    private static readonly string[] AuthenticationTypes =
    [
        "NULL", "KERBEROS_V4", "KERBEROS_V5", "SPX", "MINK", "SRP", "RSA", "SSL", "", "", "LOKI", "SSA", "KEA_SJ", "KEA_SJ_INTEG", "DSS",
        "NTLM",
    ];

    private static readonly string[] EncryptionCommands =
        ["IS", "SUPPORT", "REPLY", "START", "END", "REQUEST-START", "REQUEST-END", "END_KEYID", "DEC_KEYID"];

    private static readonly string[] EncryptionTypes =
    [
        "NULL", "DES_CFB64", "DES_OFB64", "DES3_CFB64", "DES3_OFB64", "", "CAST5_40_CFB64", "CAST5_40_OFB64", "CAST128_CFB64",
        "CAST128_OFB64",
    ];

    /// <summary>Prints a segment's data.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "telnet";
        int at = 0;
        while (at < length && printer.U8(octets, at) == Escape)
        {
            int size = Measure(printer, octets, at, length);
            if (size <= 0)
                break;
            printer.Put(at == 0 ? " [telnet " : ", ");
            PrintCommand(printer, octets.Slice(at, size));
            at += size;
        }

        if (at > 0)
            printer.Put("]");
    }

    // The octets of a command; 0 if it is none, or not whole.
    private static int Measure(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int length)
    {
        if (length - at < 2)
            return 0;
        int command = printer.U8(octets, at + 1);
        if (command == Escape)
            return printer.IsCut ? 0 : 2;
        if (command < FirstCommand)
            return 0;
        if (command < Subnegotiation)
            return 2;
        if (length - at < 3)
            return 0;
        printer.U8(octets, at + 2);
        if (printer.IsCut)
            return 0;
        if (command >= Will)
            return 3;
        int end = at + 3;
        for (; length - end > 1; end++)
        {
            if (!printer.Need(octets, end, 2))
                return 0;
            if (octets[end] == Escape && octets[end + 1] == End)
                return end + 2 - at;
        }

        printer.U8(octets, end);
        return 0;
    }

    private static void PrintCommand(PacketPrinter printer, ReadOnlySpan<byte> command)
    {
        int code = command[1];
        if (code == Escape)
        {
            printer.Put("IAC IAC");
            return;
        }

        printer.Put(Commands[code - FirstCommand]);
        if (command.Length < 3)
            return;
        int option = command[2];
        printer.Put(" ");
        if (option < Options.Length)
            printer.Put(Options[option]);
        else
            printer.Put($"0x{(uint)option:x}");
        if (code != Subnegotiation)
            return;

        ReadOnlySpan<byte> data = command[3..^2];
        (string[] first, string[] second) = option switch
        {
            Authentication => (AuthenticationCommands, AuthenticationTypes),
            Encryption => (EncryptionCommands, EncryptionTypes),
            _ => (Qualifiers, []),
        };
        for (int i = 0; i < data.Length; i++)
        {
            string[] names = i == 0 ? first : i == 1 ? second : [];
            uint value = data[i];
            if (value < (uint)names.Length && names[value].Length > 0)
                printer.Put($" {names[value]}");
            else
                printer.Put($" {(value > 0 ? "0x" : "")}{value:x}");
        }

        printer.Put(" SE");
    }
}
