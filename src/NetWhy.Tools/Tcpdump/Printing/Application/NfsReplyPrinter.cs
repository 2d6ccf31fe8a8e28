namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints answers of NFS versions 2 and 3. Source: RFC 1094, 1813; RFC 5531 (RPC).</summary>
internal static class NfsReplyPrinter
{
    private const int Attributes2Length = 68, Attributes3Length = 84;

    private static readonly Token[] Statuses =
    [
        (1, "Operation not permitted"), (2, "No such file or directory"), (5, "Input/output error"), (6, "Device not configured"),
        (11, "Resource deadlock avoided"), (12, "Cannot allocate memory"), (13, "Permission denied"), (17, "File exists"),
        (18, "Cross-device link"), (19, "Operation not supported by device"), (20, "Not a directory"), (21, "Is a directory"),
        (22, "Invalid argument"), (26, "Text file busy"), (27, "File too large"), (28, "No space left on device"),
        (30, "Read-only file system"), (31, "Too many links"), (45, "Operation not supported"), (62, "Too many levels of symbolic links"),
        (63, "File name too long"), (66, "Directory not empty"), (69, "Disc quota exceeded"), (70, "Stale NFS file handle"),
        (71, "Too many levels of remote in path"), (99, "Write cache flushed to disk"), (10001, "Illegal NFS file handle"),
        (10002, "Update synchronization mismatch"), (10003, "READDIR/READDIRPLUS cookie is stale"), (10004, "Operation not supported"),
        (10005, "Buffer or request is too small"), (10006, "Unspecified error on server"), (10007, "Object of that type not supported"),
        (10008, "Request couldn't be completed in time"),
    ];

    private static readonly Token[] Rejections =
    [
        (0, "OK"), (1, "Bogus Credentials (seal broken)"), (2, "Rejected Credentials (client should begin new session)"),
        (3, "Bogus Verifier (seal broken)"), (4, "Verifier expired or was replayed"), (5, "Credentials are too weak"),
        (6, "Bogus response verifier"), (7, "Unknown failure"),
    ];

    private static readonly Token[] Acceptances =
        [(1, "PROG_UNAVAIL"), (2, "PROG_MISMATCH"), (3, "PROC_UNAVAIL"), (4, "GARBAGE_ARGS"), (5, "SYSTEM_ERR")];

    /// <summary>Prints an answer behind its addresses.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        const uint Accepted = 0, Denied = 1;
        printer.Protocol = "nfs";
        if (!PacketPrinter.Has(octets, 8, 4))
        {
            printer.Truncated();
            return;
        }

        uint status = printer.U32(octets, 8);
        if (status == Accepted)
        {
            printer.Put($"reply ok {length}");
            if (printer.NfsCalls.Find(printer.U32(octets, 0), ip.Destination, ip.Source, out uint procedure, out uint version))
                PrintAccepted(printer, octets, length, procedure, version);
        }
        else if (status == Denied)
        {
            printer.Put($"reply ERR {length}: ");
            PrintDenied(printer, octets);
        }
        else
        {
            printer.Put($"reply Unknown rpc response code={status} {length}");
        }
    }

    private static void PrintDenied(PacketPrinter printer, ReadOnlySpan<byte> octets)
    {
        const uint Mismatch = 0, Authentication = 1;
        if (!PacketPrinter.Has(octets, 12, 4))
        {
            printer.Truncated();
            return;
        }

        uint reason = printer.U32(octets, 12);
        if (reason is not (Mismatch or Authentication))
        {
            printer.Put($"Unknown reason for rejecting rpc message {reason}");
        }
        else if (!PacketPrinter.Has(octets, 16, reason == Mismatch ? 8 : 4))
        {
            printer.Truncated();
        }
        else if (reason == Mismatch)
        {
            printer.Put($"RPC Version mismatch ({printer.U32(octets, 16)}-{printer.U32(octets, 20)})");
        }
        else
        {
            printer.Put("Auth ");
            printer.Token(Rejections, printer.U32(octets, 16), "Invalid failure code %u");
        }
    }

    private static void PrintAccepted(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, uint procedure, uint version)
    {
        bool isVersion3 = version == 3;
        procedure = NfsPrinter.Version3Of(procedure, isVersion3);
        NfsPrinter.PutProcedure(printer, procedure);
        if (procedure is 0 or > NfsPrinter.Commit)
            return;
        uint verifier = printer.U32(octets, 16);
        int at = verifier >= (uint)length ? -1 : 20 + (((int)verifier + 3) & ~3);
        if (at < 0)
        {
            printer.Truncated();
            return;
        }

        uint accepted = printer.U32(octets, at);
        if (accepted != 0)
        {
            printer.Put(" ");
            printer.Token(Acceptances, accepted, "ar_stat %u");
            return;
        }

        uint status = 0;
        at = PrintStatus(printer, octets, at + 4, ref status);
        at = isVersion3 || procedure == NfsPrinter.MakeNode
            ? PrintVersion3(printer, octets, at, procedure, status)
            : PrintVersion2(printer, octets, at, procedure, status);
        if (at < 0 && status == 0)
            printer.Truncated();
    }

    private static int PrintStatus(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, ref uint status)
    {
        status = printer.U32(octets, at);
        if (status != 0 && printer.Options.Quietness == 0)
        {
            printer.Put(" ERROR: ");
            printer.Token(Statuses, status, "unk %u");
        }

        return at + 4;
    }

    private static int PrintVersion2(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint procedure, uint status)
    {
        if (status != 0)
            return at;
        switch (procedure)
        {
            case NfsPrinter.GetAttributes or NfsPrinter.SetAttributes:
                return PrintAttributes(printer, octets, at, printer.Options.Quietness > 0 ? 0 : 1, isVersion3: false);
            case NfsPrinter.Read or NfsPrinter.Write:
                return PrintAttributes(printer, octets, at, printer.Verbosity, isVersion3: false);
            case NfsPrinter.Lookup or NfsPrinter.Create or NfsPrinter.MakeDirectory:
                at = NfsPrinter.PrintHandle(printer, octets, at, isVersion3: false);
                return at < 0 ? at : PrintAttributes(printer, octets, at, printer.Verbosity, isVersion3: false);
            case NfsPrinter.ReadLink:
                printer.Put(" ");
                return NfsPrinter.PrintName(printer, octets, at);
            case NfsPrinter.ReadDirectory:
                if (printer.Options.Quietness > 0)
                    return at;
                printer.Put($" offset 0x{printer.U32(octets, at):x} size {printer.U32(octets, at + 4)} ");
                if (printer.U32(octets, at + 8) != 0)
                    printer.Put(" eof");
                return at;
            case NfsPrinter.Statistics:
                return PrintStatistics2(printer, octets, at);
            case NfsPrinter.ReadDirectoryPlus:
                return PrintDirectory3(printer, octets, at, status);
            case NfsPrinter.Information:
                return PrintInformation(printer, octets, at, status);
            case NfsPrinter.PathConfiguration:
                return PrintPathConfiguration(printer, octets, at, status);
            default:
                return at;
        }
    }

    private static int PrintStatistics2(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.Options.Quietness > 0)
            return at;
        if (!PacketPrinter.Has(octets, at, 20))
            return -1;
        printer.Put($" tsize {printer.U32(octets, at)} bsize {printer.U32(octets, at + 4)} blocks {printer.U32(octets, at + 8)}");
        printer.Put($" bfree {printer.U32(octets, at + 12)} bavail {printer.U32(octets, at + 16)}");
        return at;
    }

    private static int PrintVersion3(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint procedure, uint status)
    {
        bool isVerbose = printer.Verbosity > 0;
        switch (procedure)
        {
            case NfsPrinter.GetAttributes:
                return status != 0 ? at : PrintAttributes(printer, octets, at, printer.Options.Quietness > 0 ? 0 : 1, isVersion3: true);
            case NfsPrinter.SetAttributes or NfsPrinter.Remove or NfsPrinter.RemoveDirectory:
                return PrintBeforeAndAfter(printer, octets, at);
            case NfsPrinter.Lookup:
                return PrintLookup(printer, octets, at, status);
            case NfsPrinter.Access:
                printer.Put(isVerbose ? " attr:" : "");
                at = PrintAfter(printer, octets, at);
                if (at >= 0 && status == 0)
                    printer.Put($" c {printer.U32(octets, at):x4}");
                return at;
            case NfsPrinter.ReadLink:
                if (status != 0)
                    return at;
                at = PrintAfter(printer, octets, at);
                if (at < 0)
                    return at;
                printer.Put(" ");
                return NfsPrinter.PrintName(printer, octets, at);
            case NfsPrinter.Read:
                at = PrintAfter(printer, octets, at);
                if (at >= 0 && status == 0 && isVerbose)
                {
                    printer.Put($" {printer.U32(octets, at)} bytes");
                    if (printer.U32(octets, at + 4) != 0)
                        printer.Put(" EOF");
                }

                return at;
            case NfsPrinter.Write:
                return PrintWritten(printer, octets, at, status);
            case NfsPrinter.Create or NfsPrinter.MakeDirectory or NfsPrinter.SymbolicLink or NfsPrinter.MakeNode:
                return PrintCreated(printer, octets, at, status);
            case NfsPrinter.Rename when isVerbose:
                printer.Put(" from:");
                at = PrintBeforeAndAfter(printer, octets, at);
                if (at < 0)
                    return at;
                printer.Put(" to:");
                return PrintBeforeAndAfter(printer, octets, at);
            case NfsPrinter.Link when isVerbose:
                printer.Put(" file POST:");
                at = PrintAfter(printer, octets, at);
                if (at < 0)
                    return at;
                printer.Put(" dir:");
                return PrintBeforeAndAfter(printer, octets, at);
            case NfsPrinter.ReadDirectory or NfsPrinter.ReadDirectoryPlus:
                return PrintDirectory3(printer, octets, at, status);
            case NfsPrinter.Statistics:
                return PrintStatistics3(printer, octets, at);
            case NfsPrinter.Information:
                return PrintInformation(printer, octets, at, status);
            case NfsPrinter.PathConfiguration:
                return PrintPathConfiguration(printer, octets, at, status);
            case NfsPrinter.Commit:
                at = PrintBeforeAndAfter(printer, octets, at);
                if (at >= 0 && printer.Verbosity > 1)
                    printer.Put($" verf {printer.U64(octets, at):x}");
                return at;
            default:
                return at;
        }
    }

    private static int PrintLookup(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint status)
    {
        if (status == 0)
        {
            at = NfsPrinter.PrintHandle(printer, octets, at, isVersion3: true);
            if (at >= 0)
                at = PrintAfter(printer, octets, at);
        }

        if (at < 0 || printer.Verbosity < 2)
            return at;
        printer.Put(" post dattr:");
        return PrintAfter(printer, octets, at);
    }

    private static int PrintWritten(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint status)
    {
        at = PrintBeforeAndAfter(printer, octets, at);
        if (at < 0 || status != 0 || printer.Verbosity == 0)
            return at;
        printer.Put($" {printer.U32(octets, at)} bytes");
        if (printer.Verbosity > 1)
        {
            uint mode = printer.U32(octets, at + 4);
            printer.Put(" <");
            printer.Token(NfsPrinter.WriteModes, mode, "#%d");
            printer.Put($"> verf {printer.U64(octets, at + 8):x}");
        }

        return at;
    }

    private static int PrintCreated(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint status)
    {
        if (status != 0)
            return PrintBeforeAndAfter(printer, octets, at);
        if (printer.U32(octets, at) == 0)
            return at + 4;
        at = NfsPrinter.PrintHandle(printer, octets, at + 4, isVersion3: true);
        if (at < 0 || printer.Verbosity == 0)
            return at;
        at = PrintAfter(printer, octets, at);
        if (at < 0 || printer.Verbosity < 2)
            return at;
        printer.Put(" dir attr:");
        return PrintBeforeAndAfter(printer, octets, at);
    }

    private static int PrintDirectory3(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint status)
    {
        at = PrintAfterTitled(printer, octets, at);
        if (at >= 0 && status == 0 && printer.Verbosity > 0)
            printer.Put($" verf {printer.U32(octets, at):x8}{printer.U32(octets, at + 4):x8}");
        return at;
    }

    private static int PrintStatistics3(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.Options.Quietness > 0)
            return at;
        at = PrintAfterTitled(printer, octets, at);
        if (at < 0 || !PacketPrinter.Has(octets, at, 52))
            return -1;
        printer.Put($" tbytes {printer.U64(octets, at)} fbytes {printer.U64(octets, at + 8)} abytes {printer.U64(octets, at + 16)}");
        if (printer.Verbosity > 0)
        {
            printer.Put($" tfiles {printer.U64(octets, at + 24)} ffiles {printer.U64(octets, at + 32)}");
            printer.Put($" afiles {printer.U64(octets, at + 40)} invar {printer.U32(octets, at + 48)}");
        }

        return at;
    }

    private static int PrintInformation(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint status)
    {
        at = PrintAfterTitled(printer, octets, at);
        if (at < 0 || status != 0)
            return at;
        if (!PacketPrinter.Has(octets, at, 48))
            return -1;
        printer.Put($" rtmax {printer.U32(octets, at)} rtpref {printer.U32(octets, at + 4)} wtmax {printer.U32(octets, at + 12)}");
        printer.Put($" wtpref {printer.U32(octets, at + 16)} dtpref {printer.U32(octets, at + 24)}");
        if (printer.Verbosity > 0)
        {
            printer.Put($" rtmult {printer.U32(octets, at + 8)} wtmult {printer.U32(octets, at + 20)} maxfsz {printer.U64(octets, at + 28)}");
            printer.Put($" delta {printer.U32(octets, at + 36)}.{printer.U32(octets, at + 40):d6} ");
        }

        return at;
    }

    private static int PrintPathConfiguration(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint status)
    {
        at = PrintAfterTitled(printer, octets, at);
        if (at < 0 || status != 0)
            return at;
        if (!PacketPrinter.Has(octets, at, 24))
            return -1;
        printer.Put($" linkmax {printer.U32(octets, at)} namemax {printer.U32(octets, at + 4)} ");
        printer.Put(printer.U32(octets, at + 8) != 0 ? "notrunc " : " ");
        printer.Put(printer.U32(octets, at + 12) != 0 ? "chownres " : " ");
        printer.Put(printer.U32(octets, at + 16) != 0 ? "igncase " : " ");
        printer.Put(printer.U32(octets, at + 20) != 0 ? "keepcase" : "");
        return at;
    }

    private static int PrintAfterTitled(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        printer.Put(printer.Verbosity > 0 ? " POST:" : "");
        return PrintAfter(printer, octets, at);
    }

    // Attributes of a file after the call, if the answer has them.
    private static int PrintAfter(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        if (printer.U32(octets, at) == 0)
            return at + 4;
        return printer.Verbosity > 0
            ? PrintAttributes(printer, octets, at + 4, printer.Verbosity, isVersion3: true)
            : at + 4 + Attributes3Length;
    }

    private static int PrintBeforeAndAfter(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        const int BeforeLength = 24;
        printer.Put(printer.Verbosity > 1 ? " PRE:" : "");
        bool hasBefore = printer.U32(octets, at) != 0;
        at += 4;
        if (hasBefore)
        {
            if (!PacketPrinter.Has(octets, at, BeforeLength))
                return -1;
            if (printer.Verbosity > 1)
            {
                printer.Put($" sz {printer.U64(octets, at)} mtime {printer.U32(octets, at + 8)}.{printer.U32(octets, at + 12):d6}");
                printer.Put($" ctime {printer.U32(octets, at + 16)}.{printer.U32(octets, at + 20):d6}");
            }

            at += BeforeLength;
        }

        return PrintAfterTitled(printer, octets, at);
    }

    private static int PrintAttributes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int verbosity, bool isVersion3)
    {
        int length = isVersion3 ? Attributes3Length : Attributes2Length;
        if (!PacketPrinter.Has(octets, at + 16, 4))
            return -1;
        if (verbosity > 0)
        {
            printer.Put(" ");
            printer.Token(NfsPrinter.FileTypes, printer.U32(octets, at), "unk-ft %u ");
            printer.Put(" ");
            NfsPrinter.PutOctal(printer, printer.U32(octets, at + 4));
            printer.Put($" ids {unchecked((int)printer.U32(octets, at + 12))}/{unchecked((int)printer.U32(octets, at + 16))}");
            printer.Put($" sz {(isVersion3 ? printer.U64(octets, at + 20) : printer.U32(octets, at + 20))}");
        }

        if (verbosity < 2)
            return at + length;
        if (!PacketPrinter.Has(octets, at, length))
            return -1;
        printer.Put($" nlink {printer.U32(octets, at + 8)}");
        if (isVersion3)
        {
            printer.Put($" rdev {printer.U32(octets, at + 36)}/{printer.U32(octets, at + 40)}");
            printer.Put($" fsid {printer.U64(octets, at + 44):x} fileid {printer.U64(octets, at + 52):x} a/m/ctime");
        }
        else
        {
            printer.Put($" rdev 0x{printer.U32(octets, at + 28):x} fsid 0x{printer.U32(octets, at + 36):x}");
            printer.Put($" nodeid 0x{printer.U32(octets, at + 40):x} a/m/ctime");
        }

        for (int time = at + length - 24; time < at + length; time += 8)
            printer.Put($" {printer.U32(octets, time)}.{printer.U32(octets, time + 4):d6}");
        return at + length;
    }
}
