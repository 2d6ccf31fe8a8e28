namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints calls of NFS versions 2 and 3. Source: RFC 1094, 1813; RFC 5531 (RPC).</summary>
internal static class NfsPrinter
{
    /// <summary>The port.</summary>
    internal const int Port = 2049;

    /// <summary>The message is a call.</summary>
    internal const uint Call = 0;

    /// <summary>The message is an answer.</summary>
    internal const uint Reply = 1;

    internal const int GetAttributes = 1, SetAttributes = 2, Lookup = 3, Access = 4, ReadLink = 5, Read = 6, Write = 7, Create = 8;
    internal const int MakeDirectory = 9, SymbolicLink = 10, MakeNode = 11, Remove = 12, RemoveDirectory = 13, Rename = 14, Link = 15;
    internal const int ReadDirectory = 16, ReadDirectoryPlus = 17, Statistics = 18, Information = 19, PathConfiguration = 20, Commit = 21;

    private const int ClientTime = 2;

    private static readonly Token[] Procedures =
    [
        (22, "nop"), (0, "null"), (1, "getattr"), (2, "setattr"), (3, "lookup"), (4, "access"), (5, "readlink"), (6, "read"), (7, "write"),
        (8, "create"), (9, "mkdir"), (10, "symlink"), (11, "mknod"), (12, "remove"), (13, "rmdir"), (14, "rename"), (15, "link"),
        (16, "readdir"), (17, "readdirplus"), (18, "fsstat"), (19, "fsinfo"), (20, "pathconf"), (21, "commit"),
    ];

    // Version 2's procedures as version 3's.
    private static readonly byte[] Version2 =
        [0, 1, 2, 22, 3, 5, 6, 22, 7, 8, 12, 14, 15, 10, 9, 13, 16, 18, 22, 22, 22, 22, 22, 22, 22, 22];

    /// <summary>Names of kinds of files.</summary>
    internal static readonly Token[] FileTypes = [(0, "NON"), (1, "REG"), (2, "DIR"), (3, "BLK"), (4, "CHR"), (5, "LNK"), (7, "FIFO")];

    /// <summary>Names of how surely data is written.</summary>
    internal static readonly Token[] WriteModes = [(0, "unstable"), (1, "datasync"), (2, "filesync")];

    private static readonly (uint Bit, string Name)[] AccessBits =
        [(1, "READ"), (2, "LOOKUP"), (4, "MODIFY"), (8, "EXTEND"), (16, "DELETE"), (32, "EXECUTE")];

    /// <summary>Attributes that a new file is to have.</summary>
    private ref struct NewAttributes
    {
        internal uint HasMode, Mode, HasUser, User, HasGroup, Group, AccessKind, AccessTime, AccessFraction, ModifyKind, ModifyTime, ModifyFraction;
    }

    /// <summary>Procedure of version 3 that a procedure is.</summary>
    /// <param name="procedure">The procedure.</param>
    /// <param name="isVersion3">Whether it is one of version 3.</param>
    internal static uint Version3Of(uint procedure, bool isVersion3) =>
        !isVersion3 && procedure < (uint)Version2.Length ? Version2[procedure] : procedure;

    /// <summary>Prints the name of a procedure.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="procedure">The procedure, of version 3.</param>
    internal static void PutProcedure(PacketPrinter printer, uint procedure)
    {
        printer.Put(" ");
        printer.Token(Procedures, procedure, "proc-%u");
    }

    /// <summary>Prints a call behind its addresses.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    /// <param name="ip">The packet that carries it.</param>
    internal static void PrintCall(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, in IpHeaderView ip)
    {
        printer.Protocol = "nfs";
        printer.Put($"{length}");
        if (!PacketPrinter.Has(octets, 20, 4))
        {
            printer.Truncated();
            return;
        }

        uint version = printer.U32(octets, 16), procedure = printer.U32(octets, 20);
        printer.NfsCalls.Enter(printer.U32(octets, 0), ip.Source, ip.Destination, procedure, version);
        bool isVersion3 = version == 3;
        procedure = Version3Of(procedure, isVersion3);
        PutProcedure(printer, procedure);
        if (procedure is 0 or > Commit)
            return;
        int at = FindArguments(printer, octets, length);
        if (at < 0 || !PrintArguments(printer, octets, at, procedure, isVersion3))
            printer.Truncated();
    }

    // Behind credentials and verifier; -1 if they do not end.
    private static int FindArguments(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        int at = 24;
        for (int i = 0; i < 2; i++)
        {
            if (length < 8)
                return -1;
            uint size = printer.U32(octets, at + 4);
            if (size > (uint)length)
                return -1;

            int rounded = ((int)size + 3) & ~3;
            if (!PacketPrinter.Has(octets, at + 8, rounded) || (i == 0 ? 8 + rounded > length : 8 + rounded >= length))
                return -1;
            at += 8 + rounded;
            length -= 8 + rounded;
        }

        return at;
    }

    /// <summary>Prints a file's handle.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where it lies.</param>
    /// <param name="isVersion3">Whether its length stands in front of it.</param>
    /// <returns>The offset behind it; -1 if it was not captured.</returns>
    internal static int PrintHandle(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isVersion3)
    {
        const int Version2Length = 32;
        uint length = Version2Length;
        if (isVersion3)
        {
            length = printer.U32(octets, at) & ~3u;
            at += 4;
        }

        if (length > (uint)octets.Length || !PacketPrinter.Has(octets, at, (int)length))
            return -1;
        NfsHandles.Print(printer, octets.Slice(at, (int)length));
        return at + (int)length;
    }

    /// <summary>Prints a file's name.</summary>
    /// <inheritdoc cref="PrintHandle"/>
    internal static int PrintName(PacketPrinter printer, ReadOnlySpan<byte> octets, int at)
    {
        uint length = printer.U32(octets, at);
        if (length > uint.MaxValue - 3)
        {
            printer.Put("[cannot pad to 32-bit boundaries]");
            printer.Invalid();
            return -1;
        }

        uint rounded = (length + 3) & ~3u;
        if (rounded > (uint)octets.Length || !PacketPrinter.Has(octets, at + 4, (int)rounded))
            return -1;
        printer.Put("\"");
        printer.CapturedCharacters(octets, at + 4, (int)length);
        printer.Put("\"");
        return at + 4 + (int)rounded;
    }

    private static int PrintNamed(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isVersion3)
    {
        at = PrintHandle(printer, octets, at, isVersion3);
        if (at < 0)
            return -1;
        printer.Put(" ");
        return PrintName(printer, octets, at);
    }

    private static bool PrintArguments(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, uint procedure, bool isVersion3)
    {
        switch (procedure)
        {
            case GetAttributes or SetAttributes or ReadLink or Statistics or Information or PathConfiguration:
                return PrintHandle(printer, octets, at, isVersion3) >= 0;
            case Lookup or Create or MakeDirectory or Remove or RemoveDirectory:
                return PrintNamed(printer, octets, at, isVersion3) >= 0;
            case SymbolicLink:
                return PrintSymbolicLink(printer, octets, at, isVersion3);
            case MakeNode:
                return PrintNode(printer, octets, at, isVersion3);
            case Rename:
                at = PrintNamed(printer, octets, at, isVersion3);
                if (at < 0)
                    return false;
                printer.Put(" ->");
                return PrintNamed(printer, octets, at, isVersion3) >= 0;
        }

        at = PrintHandle(printer, octets, at, isVersion3);
        if (at < 0)
            return false;
        switch (procedure)
        {
            case Link:
                printer.Put(" ->");
                return PrintNamed(printer, octets, at, isVersion3) >= 0;
            case Access:
                PrintAccess(printer, printer.U32(octets, at));
                break;
            case Read when isVersion3:
            case Commit:
                printer.Put($" {printer.U32(octets, at + 8)} bytes @ {printer.U64(octets, at)}");
                break;
            case Read:
                printer.Put($" {printer.U32(octets, at + 4)} bytes @ {printer.U32(octets, at)}");
                break;
            case Write when isVersion3:
                printer.Put($" {printer.U32(octets, at + 16)} ({printer.U32(octets, at + 8)}) bytes @ {printer.U64(octets, at)}");
                if (printer.Verbosity > 0)
                {
                    uint mode = printer.U32(octets, at + 12);
                    printer.Put(" <");
                    printer.Token(WriteModes, mode, "#%d");
                    printer.Put(">");
                }

                break;
            case Write:
                printer.Put($" {printer.U32(octets, at + 12)} ({printer.U32(octets, at + 8)}) bytes @ ");
                printer.Put($"{printer.U32(octets, at + 4)} ({printer.U32(octets, at)})");
                break;
            case ReadDirectory when !isVersion3:
                printer.Put($" {printer.U32(octets, at + 4)} bytes @ {printer.U32(octets, at)}");
                break;
            case ReadDirectory or ReadDirectoryPlus:
                printer.Put($" {printer.U32(octets, at + 16)} bytes @ {unchecked((long)printer.U64(octets, at))}");
                if (printer.Verbosity == 0)
                    break;
                if (procedure == ReadDirectoryPlus)
                    printer.Put($" max {printer.U32(octets, at + 20)}");
                printer.Put($" verf {printer.U32(octets, at + 8):x8}{printer.U32(octets, at + 12):x8}");
                break;
        }

        return true;
    }

    private static void PrintAccess(PacketPrinter printer, uint access)
    {
        const uint All = 0x3f;
        if ((access & ~All) != 0)
        {
            printer.Put($" {access:x4}");
            return;
        }

        if (access == All)
        {
            printer.Put(" NFS_ACCESS_FULL");
            return;
        }

        char separator = ' ';
        foreach ((uint bit, string name) in AccessBits)
        {
            if ((access & bit) == 0)
                continue;
            printer.Put($"{separator}NFS_ACCESS_{name}");
            separator = '|';
        }
    }

    private static bool PrintSymbolicLink(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isVersion3)
    {
        at = PrintNamed(printer, octets, at, isVersion3);
        if (at < 0)
            return false;
        printer.Put(" ->");
        NewAttributes attributes = default;
        if (isVersion3)
            at = ReadAttributes(printer, octets, at, ref attributes);
        if (PrintName(printer, octets, at) < 0)
            return false;
        if (isVersion3)
            PrintAttributes(printer, attributes);
        return true;
    }

    private static bool PrintNode(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, bool isVersion3)
    {
        const uint Block = 3, Character = 4;
        at = PrintNamed(printer, octets, at, isVersion3);
        if (at < 0)
            return false;
        uint type = printer.U32(octets, at);
        NewAttributes attributes = default;
        at = ReadAttributes(printer, octets, at + 4, ref attributes);
        printer.Put(" ");
        printer.Token(FileTypes, type, "unk-ft %u");
        if (printer.Verbosity > 0 && type is Block or Character)
            printer.Put($" {printer.U32(octets, at)}/{printer.U32(octets, at + 4)}");
        PrintAttributes(printer, attributes);
        return true;
    }

    private static int ReadAttributes(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, ref NewAttributes attributes)
    {
        ReadOptional(printer, octets, ref at, out attributes.HasMode, out attributes.Mode);
        ReadOptional(printer, octets, ref at, out attributes.HasUser, out attributes.User);
        ReadOptional(printer, octets, ref at, out attributes.HasGroup, out attributes.Group);
        ReadOptional(printer, octets, ref at, out _, out _);
        ReadTime(printer, octets, ref at, out attributes.AccessKind, out attributes.AccessTime, out attributes.AccessFraction);
        ReadTime(printer, octets, ref at, out attributes.ModifyKind, out attributes.ModifyTime, out attributes.ModifyFraction);
        return at;
    }

    private static void ReadOptional(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, out uint has, out uint value)
    {
        value = 0;
        has = printer.U32(octets, at);
        at += 4;
        if (has == 0)
            return;
        value = printer.U32(octets, at);
        at += 4;
    }

    private static void ReadTime(PacketPrinter printer, ReadOnlySpan<byte> octets, ref int at, out uint kind, out uint seconds, out uint fraction)
    {
        seconds = fraction = 0;
        kind = printer.U32(octets, at);
        at += 4;
        if (kind != ClientTime)
            return;
        seconds = printer.U32(octets, at);
        fraction = printer.U32(octets, at + 4);
        at += 8;
    }

    private static void PrintAttributes(PacketPrinter printer, in NewAttributes attributes)
    {
        if (printer.Verbosity == 0)
            return;
        if (attributes.HasMode != 0)
        {
            printer.Put(" mode ");
            PutOctal(printer, attributes.Mode);
        }

        if (attributes.HasUser != 0)
            printer.Put($" uid {attributes.User}");
        if (attributes.HasGroup != 0)
            printer.Put($" gid {attributes.Group}");
        if (printer.Verbosity < 2)
            return;
        if (attributes.AccessKind == ClientTime)
            printer.Put($" atime {attributes.AccessTime}.{attributes.AccessFraction:d6}");
        if (attributes.ModifyKind == ClientTime)
            printer.Put($" mtime {attributes.ModifyTime}.{attributes.ModifyFraction:d6}");
    }

    /// <summary>Prints a number in octal digits.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="value">The number.</param>
    internal static void PutOctal(PacketPrinter printer, uint value)
    {
        int shift = 30;
        while (shift > 0 && value >> shift == 0)
            shift -= 3;
        for (; shift >= 0; shift -= 3)
            printer.Text.Add((byte)('0' + ((value >> shift) & 7)));
    }
}
