namespace NetWhy.Tools.Tcpdump.Printing.Transport;

/// <summary>Prints what messages of Forwarding and Control Element Separation hold. Source: RFC 5810, sections 6.2 to 7.8, appendix A.</summary>
internal static class ForcesTlvs
{
    private const int TlvHeader = 4;
    private const int IlvHeader = 8;

    private const ushort PathData = 0x110;
    private const ushort KeyInfo = 0x111;
    private const ushort FullData = 0x112;
    private const ushort SparseData = 0x113;
    private const ushort Result = 0x114;
    private const ushort MetaData = 0x115;
    private const ushort RedirectData = 0x116;

    // What data an operation takes, and what the flags of a path ask for.
    private const int TakesFullData = 0x01;
    private const int TakesSparseData = 0x02;
    private const int TakesResult = 0x04;
    private const int HasKey = 0x08;
    private const int Appends = 0x10;
    private const int HasRange = 0x20;

    private const byte TearDown = 2;
    private const byte Redirect = 6;
    private const byte SetupResponse = 17;
    private const ushort Commit = 12;
    private const ushort CommitResponse = 13;
    private const ushort Complete = 14;

    private static readonly Token[] Names =
    [
        (0, "Invalid TLV"), (1, "REDIRECT TLV"), (0x10, "ASResult TLV"), (0x11, "ASTreason TLV"), (0x1000, "LFBselect TLV"),
        (PathData, "PATH-DATA TLV"), (KeyInfo, "KEYINFO TLV"), (FullData, "FULLDATA TLV"), (SparseData, "SPARSEDATA TLV"),
        (Result, "RESULT TLV"), (MetaData, "METADATA TLV"), (RedirectData, "REDIRECTDATA TLV"),
    ];

    private static readonly Token[] Blocks = [(0, "Invalid TLV"), (1, "FEObj LFB"), (2, "FEProtoObj LFB")];

    private static readonly Token[] Operations =
    [
        (1, " Set"), (2, " SetProp"), (3, " SetResp"), (4, " SetPropResp"), (5, " Del"), (6, " DelResp"), (7, " Get"), (8, " GetProp"),
        (9, " GetResp"), (10, " GetPropResp"), (11, " Report"), (Commit, " Commit"), (CommitResponse, " RCommit"), (Complete, " RTRCOMP"),
    ];

    private static readonly Token[] Faults =
    [
        (1, "Invalid total length"), (2, "xLV too short"), (3, "xLV too long"), (4, "data padding missing"),
    ];

    private static readonly Token[] Results =
    [
        (0, "SUCCESS"), (1, "INVALID HEADER"), (2, "LENGTH MISMATCH"), (3, "VERSION MISMATCH"), (4, "INVALID DESTINATION PID"),
        (5, "LFB UNKNOWN"), (6, "LFB NOT FOUND"), (7, "LFB INSTANCE ID NOT FOUND"), (8, "INVALID PATH"), (9, "COMPONENT DOES NOT EXIST"),
        (10, "EXISTS ALREADY"), (11, "NOT FOUND"), (12, "READ ONLY"), (13, "INVALID ARRAY CREATION"), (14, "VALUE OUT OF RANGE"),
        (15, "CONTENTS TOO LONG"), (16, "INVALID PARAMETERS"), (17, "INVALID MESSAGE TYPE"), (18, "INVALID FLAGS"), (19, "INVALID TLV"),
        (20, "EVENT ERROR"), (21, "NOT SUPPORTED"), (22, "MEMORY ERROR"), (23, "INTERNAL ERROR"), (255, "UNSPECIFIED ERROR"),
    ];

    private static readonly Token[] TearDowns =
    [
        (0, "Normal Teardown"), (1, "Loss of Heartbeats"), (2, "Out of bandwidth"), (3, "Out of Memory"), (4, "Application Crash"),
    ];

    private static readonly Token[] SetupResults = [(0, "Success "), (1, "FE ID invalid "), (2, "permission denied ")];

    /// <summary>What is wrong with the length of a TLV; 0 if nothing is.</summary>
    /// <param name="size">The length.</param>
    /// <param name="left">What is left for it.</param>
    internal static uint Fault(int size, int left)
    {
        if (left < TlvHeader)
            return 1;
        if (size < TlvHeader)
            return 2;
        if (size > left)
            return 3;
        return left < Padded(size) ? 4u : 0;
    }

    /// <summary>Whether a TLV may stand in a message.</summary>
    /// <param name="type">The type of the TLV.</param>
    internal static bool IsTop(ushort type) => type is 1 or 0x1000 or 0x10 or 0x11 or (>= PathData and <= RedirectData);

    /// <summary>Prints the name of a type.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="type">The type of the TLV.</param>
    internal static void PutName(PacketPrinter printer, ushort type) => printer.Token(Names, type, "#%d");

    /// <summary>Prints a TLV of a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of its value.</param>
    /// <param name="length">What the value is long.</param>
    /// <param name="message">What the message is.</param>
    /// <param name="indent">Spaces in front of what is printed.</param>
    /// <returns>Whether it makes sense.</returns>
    internal static bool Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte message, int indent) => message switch
    {
        TearDown => PrintTearDown(printer, octets, length, indent),
        Redirect => PrintRedirect(printer, octets, length, indent),
        SetupResponse => PrintSetupResult(printer, octets, length, indent),
        _ => PrintBlock(printer, octets, length, message, indent),
    };

    private static int Padded(int size) => (size + 3) & ~3;

    private static void Spaces(PacketPrinter printer, int count)
    {
        for (int i = 0; i < Math.Min(count, 255); i++)
            printer.Put(" ");
    }

    private static void Dump(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, string indent) =>
        HexDump.Hexadecimal(printer, indent, PacketPrinter.First(octets, length));

    // Spaces and a line feed in front of each line.
    private static void Dump(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        octets = PacketPrinter.First(octets, length);
        for (int at = 0; at < octets.Length; at += 16)
        {
            printer.Put("\n");
            Spaces(printer, indent);
            printer.Put($"0x{at:x4}: ");
            for (int i = at; i < Math.Min(at + 16, octets.Length); i++)
            {
                if (i % 2 == 0)
                    printer.Put(" ");
                printer.Put($"{(uint)octets[i]:x2}");
            }
        }
    }

    private static bool PrintTearDown(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        if (length != 4)
        {
            printer.Put($"illegal ASTresult-TLV: {length} bytes!\n");
            return false;
        }

        uint code = printer.U32(octets, 0);
        if (code > 255)
        {
            printer.Put($"illegal ASTresult result code: {code}!\n");
            return false;
        }

        if (printer.Verbosity < 3)
            return true;
        printer.Put("Teardown reason:\n");
        Spaces(printer, indent);
        printer.Token(TearDowns, code, "Unknown Teardown reason");
        printer.Put($"({code:x})\n");
        Spaces(printer, indent);
        return true;
    }

    private static bool PrintSetupResult(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        if (length != 4)
        {
            printer.Put($"illegal ASRresult-TLV: {length} bytes!\n");
            return false;
        }

        uint code = printer.U32(octets, 0);
        if (code > 3)
        {
            printer.Put($"illegal ASRresult result code: {code}!\n");
            return false;
        }

        if (printer.Verbosity < 3)
            return true;
        printer.Put("\n");
        Spaces(printer, indent);
        printer.Token(SetupResults, code, "Unknown ");
        printer.Put($"({code:x})\n");
        Spaces(printer, indent);
        return true;
    }

    private static bool PrintRedirect(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        const int Least = 8;
        if (length <= Least)
        {
            printer.Put($"\n\t\ttruncated Redirect TLV: {Least - length} bytes missing! ");
            return false;
        }

        int at = 0, left = length;
        while (left > 0 && !printer.IsCut)
        {
            ushort type = printer.U16(octets, at);
            int size = printer.U16(octets, at + 2);
            if (Fault(size, left) != 0)
            {
                printer.Put("Bad Redirect data\n");
                break;
            }

            ReadOnlySpan<byte> value = PacketPrinter.From(octets, at + TlvHeader);
            if (type is MetaData)
                PrintMetaData(printer, value, size - TlvHeader, indent + 1);
            else if (type is RedirectData)
                PrintRedirectData(printer, value, size - TlvHeader, indent + 1);
            else
                printer.Put($"Unknown REDIRECT TLV 0x{(uint)type:x} len {size}\n");
            at += Padded(size);
            left -= Padded(size);
        }

        return IsDone(printer, octets, at, left, "Redirect");
    }

    private static bool IsDone(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left, string what)
    {
        if (left <= 0 || printer.IsCut)
            return true;
        uint type = printer.U16(octets, at), size = printer.U16(octets, at + 2);
        printer.Put($"\n\t\tMessy {what} TLV header, type (0x{type:x})\n\t\texcess of {unchecked((uint)left - size)} Bytes ");
        return printer.IsCut;
    }

    private static void PrintMetaData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        printer.Put("\n");
        Spaces(printer, indent);
        printer.Put($" METADATA length {length}\n");
        int at = 0;
        while (length > 0 && !printer.IsCut && IlvFault(printer, octets, at, length) == 0 && !printer.IsCut)
        {
            int size = (int)printer.U32(octets, at + 4);
            Spaces(printer, indent + 1);
            printer.Put($"MetaID 0x{printer.U32(octets, at):x} length {size}\n");
            if (printer.Verbosity >= 3)
            {
                Dump(printer, PacketPrinter.From(octets, at + IlvHeader), size - IlvHeader, "\t\t[");
                printer.Put(" ]\n");
            }

            at += Padded(size);
            length -= Padded(size);
        }
    }

    private static uint IlvFault(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int left)
    {
        if (left < IlvHeader)
            return 1;
        uint size = printer.U32(octets, at + 4);
        if (size < IlvHeader)
            return 2;
        if (size > left)
            return 3;
        return left < Padded((int)size) ? 4u : 0;
    }

    private static void PrintRedirectData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        printer.Put("\n");
        Spaces(printer, indent);
        printer.Put($" Redirect Data length {length}\n");
        if (printer.Verbosity < 3)
            return;
        printer.Put("\t\t[");
        Dump(printer, octets, length, "\n\t\t");
        printer.Put("\n\t\t]");
    }

    private static bool PrintBlock(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, byte message, int indent)
    {
        const int Least = 12;
        if (length <= Least)
        {
            printer.Put($"\n\t\ttruncated lfb selector: {Least - length} bytes missing! ");
            return false;
        }

        if (octets.Length < 8)
        {
            printer.Truncated();
            return false;
        }

        if (printer.Verbosity >= 3)
        {
            uint block = printer.U32(octets, 0);
            printer.Put("\n");
            Spaces(printer, indent);
            printer.Token(Blocks, block, "#%d");
            printer.Put($"(Classid {block:x}) instance {printer.U32(octets, 4):x}\n");
        }

        int at = 8, left = length - 8;
        while (left > 0 && !printer.IsCut)
        {
            ushort type = printer.U16(octets, at);
            int size = printer.U16(octets, at + 2);
            if (Fault(size, left) != 0)
                break;
            ReadOnlySpan<byte> operation = PacketPrinter.From(octets, at);
            if (IsAllowed(type, message))
            {
                PrintOperation(printer, operation, type, size, indent + 1);
            }
            else
            {
                if (printer.Verbosity < 3)
                    printer.Put("\n");
                printer.Put($"\t\tINValid oper-TLV type 0x{(uint)type:x} length {size} for this ForCES message\n");
                PrintInvalid(printer, operation, left, indent + 1);
            }

            at += Padded(size);
            left -= Padded(size);
        }

        return IsDone(printer, octets, at, left, "oper");
    }

    private static bool IsAllowed(ushort type, byte message) => type >= 0x8000 || message switch
    {
        1 or 5 => type == 11,
        3 => type is 1 or 2 or 5 or Commit or Complete,
        19 => type is 3 or 4 or 6 or CommitResponse,
        4 => type is 7 or 8,
        20 => type is 9 or 10,
        _ => false,
    };

    private static int Takes(ushort type) => type switch
    {
        1 or 2 or 11 => TakesFullData | TakesSparseData,
        3 or 4 or 6 or CommitResponse => TakesResult,
        9 => TakesFullData | TakesSparseData | TakesResult,
        10 => TakesFullData | TakesResult,
        _ => 0,
    };

    private static void PrintOperation(PacketPrinter printer, ReadOnlySpan<byte> operation, ushort type, int size, int indent)
    {
        const int Least = 8;
        string name = Token.Find(Operations, type) ?? "Invalid OPTLV";
        ReadOnlySpan<byte> value = PacketPrinter.From(operation, TlvHeader);
        int length = size - TlvHeader;
        if (printer.Verbosity >= 3)
        {
            Spaces(printer, indent);
            printer.Put($"Oper TLV {name}(0x{(uint)type:x}) length {size}\n");
        }

        if (length < Least)
        {
            printer.Put($"\t\tOper TLV {name}(0x{(uint)type:x}) length {size}\n\t\tTruncated data size {length} minimum required {Least}\n");
            PrintInvalid(printer, value, length, indent);
        }
        else if (type is >= 1 and < Commit)
        {
            PrintPaths(printer, value, length, Takes(type), indent + 1);
        }
        else if (type is CommitResponse)
        {
            PrintCommit(printer, value, length, Takes(type), indent + 1);
        }
        else if (type is not (Commit or Complete))
        {
            PrintInvalid(printer, value, length, indent + 1);
        }
    }

    private static void PrintInvalid(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        if (printer.Verbosity < 3)
            return;
        Spaces(printer, indent - 1);
        printer.Put("Data[");
        Dump(printer, octets, length, indent - 1);
        printer.Put("\n");
        Spaces(printer, indent - 1);
        printer.Put("]\n");
    }

    private static void PrintCommit(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int flags, int indent)
    {
        ushort type = printer.U16(octets, 0);
        int size = printer.U16(octets, 2);
        printer.Put("genoptlvprint - ");
        PutName(printer, type);
        printer.Put($" TLV type 0x{(uint)type:x} len {size}\n");
        if (Fault(size, length) != 0)
        {
            printer.Put($"\t\t\tInvalid ForCES TLV type={(uint)type:x}");
            return;
        }

        if (!IsTop(type))
        {
            printer.Put($"#0 TLV type 0x{(uint)type:x} len {size}\n");
            return;
        }

        if (printer.Verbosity >= 3)
        {
            Spaces(printer, indent);
            PutName(printer, type);
            printer.Put($", length {size} (data length {size - TlvHeader} Bytes)");
        }

        PrintPath(printer, PacketPrinter.From(octets, TlvHeader), size - TlvHeader, flags, indent + 1);
    }

    private static bool PrintPaths(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int flags, int indent)
    {
        if (!printer.Enter())
            return false;
        int at = 0;
        bool isValid = true;
        while (length > 0 && isValid && !printer.IsCut)
        {
            int size = printer.U16(octets, at + 2);
            if (Fault(size, length) != 0)
                break;
            if (printer.Verbosity >= 3)
            {
                Spaces(printer, indent);
                PutName(printer, printer.U16(octets, at));
                printer.Put($", length {size} (data encapsulated {size - TlvHeader} Bytes)");
            }

            isValid = PrintPath(printer, PacketPrinter.From(octets, at + TlvHeader), size - TlvHeader, flags, indent + 1);
            at += Padded(size);
            length -= Padded(size);
        }

        printer.Leave();
        return isValid && IsDone(printer, octets, at, length, "PATHDATA");
    }

    private static bool PrintPath(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int flags, int indent)
    {
        if (octets.Length < 4 || length < 4)
        {
            printer.Truncated();
            return false;
        }

        uint pathFlags = printer.U16(octets, 0);
        int count = printer.U16(octets, 2);
        if (printer.Verbosity >= 3)
        {
            printer.Put("\n");
            Spaces(printer, indent);
            printer.Put($"Pathdata: Flags 0x{pathFlags:x} ID count {count}\n");
        }

        if ((pathFlags & 1) != 0)
            flags |= HasKey;
        if ((pathFlags & 2) != 0)
            flags |= HasRange;
        if ((pathFlags & 4) != 0)
            flags |= Appends;
        octets = PacketPrinter.From(octets, 4);
        length -= 4;
        if (length < count * 4)
        {
            printer.Put($"\t\t\ttruncated IDs expected {count * 4}B got {length}B\n");
            Dump(printer, octets, length, "\t\t\tID Data[");
            printer.Put("]\n");
            return false;
        }

        if ((flags & HasRange) != 0 && (flags & HasKey) != 0)
        {
            printer.Put("\t\t\tIllegal to have both Table ranges and keys\n");
            return false;
        }

        int left = PrintIdentifiers(printer, octets, length, count, flags, indent);
        return left <= 0 || PrintPaths(printer, PacketPrinter.From(octets, length - left), left, flags, indent + 1);
    }

    // What is left behind the first TLV of the path's data; -1 if that makes no sense, 0 if nothing is left.
    private static int PrintIdentifiers(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int count, int flags, int indent)
    {
        bool isLong = printer.Verbosity >= 3;
        if ((flags & Appends) != 0 && isLong)
        {
            Spaces(printer, indent);
            printer.Put("TABLE APPEND\n");
        }

        int at = 0;
        for (int i = 1; i <= count; i++, at += 4)
        {
            if (!PacketPrinter.Has(octets, at, 4) || length - at < 4)
            {
                printer.Truncated();
                return -1;
            }

            if (isLong)
            {
                Spaces(printer, indent);
                printer.Put($"ID#{i:d2}: {printer.U32(octets, at)}\n");
            }
        }

        if ((flags & HasRange) != 0 && !PrintRange(printer, octets, length, ref at, indent))
            return -1;
        if ((flags & HasKey) != 0 && !SkipKey(printer, octets, length, ref at))
            return -1;
        int left = length - at;
        return left > 0 ? PrintData(printer, PacketPrinter.From(octets, at), left, flags, indent) : left;
    }

    private static bool HasDescription(PacketPrinter printer, int left)
    {
        const int Least = 12;
        if (left >= Least)
            return true;
        printer.Put($"pathlength {left} with key/range too short {Least}\n");
        return false;
    }

    private static bool PrintRange(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ref int at, int indent)
    {
        if (!HasDescription(printer, length - at))
            return false;
        uint start = printer.U32(octets, at + 4), end = printer.U32(octets, at + 8);
        at += 12;
        if (printer.Verbosity >= 3)
        {
            Spaces(printer, indent);
            printer.Put($"Table range: [{start},{end}]\n");
        }

        return true;
    }

    private static bool SkipKey(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, ref int at)
    {
        if (!HasDescription(printer, length - at))
            return false;
        int size = printer.U16(octets, at + 6);
        if (size < TlvHeader)
        {
            printer.Put($"key content length {size} < {TlvHeader}\n");
            return false;
        }

        if (length - at - 8 < size - TlvHeader)
        {
            printer.Put("key content too short\n");
            return false;
        }

        at += 4 + size;
        return true;
    }

    private static int PrintData(PacketPrinter printer, ReadOnlySpan<byte> octets, int left, int flags, int indent)
    {
        ushort type = printer.U16(octets, 0);
        int size = printer.U16(octets, 2);
        if (printer.IsCut)
            return -1;
        uint fault = Fault(size, left);
        if (fault != 0)
        {
            printer.Token(Faults, fault, "");
            printer.Put($" Outstanding bytes {left} for TLV type 0x{(uint)type:x} TLV len {size}\n");
            return BadData(printer, octets, left, size);
        }

        if (type is not (>= PathData and <= Result))
        {
            printer.Put($"Invalid path data content type 0x{(uint)type:x} len {size}\n");
            return BadData(printer, octets, left, size);
        }

        int padding = Padded(size) - size;
        if (printer.Verbosity >= 3 && type != PathData)
        {
            Spaces(printer, indent);
            printer.Put("  ");
            PutName(printer, type);
            printer.Put($" (Length {size} DataLen {size - TlvHeader} ");
            if (padding > 0)
                printer.Put($"pad {padding} ");
            printer.Put("Bytes)\n");
        }

        CheckEncoding(printer, type, flags);
        int whole = size + padding;
        bool isValid = type switch
        {
            PathData => PrintPaths(printer, octets, whole, flags, indent + 2),
            KeyInfo => PrintKey(printer, octets, whole, indent + 2),
            FullData => PrintFullData(printer, octets, whole, indent + 2),
            SparseData => PrintSparseData(printer, PacketPrinter.From(octets, TlvHeader), whole - TlvHeader, indent + 2),
            _ => PrintResult(printer, octets, whole, indent + 2),
        };
        return isValid ? left - whole : -1;
    }

    private static int BadData(PacketPrinter printer, ReadOnlySpan<byte> octets, int left, int size)
    {
        if (size == 0)
            return left;
        Dump(printer, octets, left, "Bad Data val\n\t  [");
        printer.Put("]\n");
        return -1;
    }

    private static void CheckEncoding(PacketPrinter printer, ushort type, int flags)
    {
        if (type == PathData)
            return;
        int right = type switch { FullData => TakesFullData, SparseData => TakesSparseData, Result => TakesResult, _ => 0 };
        if ((flags & HasKey) != 0)
        {
            if (type != KeyInfo)
                printer.Put("Based on flags expected KEYINFO TLV!\n");
        }
        else if ((flags & right) == 0)
        {
            printer.Put($"Illegal DATA encoding for type 0x{(uint)type:x} programmed {(uint)right:x} got {(uint)flags:x}\n");
        }
    }

    private static bool PrintKey(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        uint key = printer.U32(octets, 4);
        if (!printer.IsCut)
            Spaces(printer, indent);
        printer.Put($"Keyinfo: Key 0x{key:x}\n");
        uint type = printer.U16(octets, 8);
        int size = printer.U16(octets, 10);
        uint fault = Fault(size, length);
        if (fault == 0)
            return PrintFullData(printer, PacketPrinter.From(octets, 12), size, indent);
        printer.Token(Faults, fault, "");
        printer.Put($" TLV type 0x{type:x} len {size}\n");
        return false;
    }

    private static bool PrintFullData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        if (octets.Length < TlvHeader)
        {
            printer.Truncated();
            return false;
        }

        if (printer.U16(octets, 0) != FullData)
        {
            printer.Put("Error: expecting FULLDATA!\n");
            return false;
        }

        if (printer.Verbosity < 3)
            return true;
        Spaces(printer, indent + 1);
        printer.Put("[");
        Dump(printer, octets[TlvHeader..], length - TlvHeader, indent + 1);
        printer.Put("\n");
        Spaces(printer, indent + 1);
        printer.Put("]");
        return true;
    }

    private static bool PrintSparseData(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        if (length < IlvHeader)
        {
            printer.Put("Error: BAD SPARSEDATA-TLV!\n");
            return false;
        }

        int at = 0;
        while (length > 0 && !printer.IsCut)
        {
            uint fault = IlvFault(printer, octets, at, length);
            if (printer.IsCut)
                return true;
            if (fault != 0)
            {
                printer.Put("Error: ");
                printer.Token(Faults, fault, "");
                printer.Put($", rlen {length}\n");
                return false;
            }

            int size = (int)printer.U32(octets, at + 4);
            if (printer.Verbosity >= 3)
            {
                printer.Put("\n");
                Spaces(printer, indent);
                printer.Put($" ILV: type {printer.U32(octets, at):x} length {size}\n");
                Dump(printer, PacketPrinter.From(octets, at + IlvHeader), size - IlvHeader, "\t\t[");
            }

            at += Padded(size);
            length -= Padded(size);
        }

        return true;
    }

    private static bool PrintResult(PacketPrinter printer, ReadOnlySpan<byte> octets, int length, int indent)
    {
        if (length != TlvHeader + 4)
        {
            printer.Put($"illegal RESULT-TLV: {length - TlvHeader} bytes!\n");
            return false;
        }

        if (octets.Length < length)
        {
            printer.Truncated();
            return false;
        }

        uint code = octets[TlvHeader];
        if (code is >= 0x18 and <= 0xfe)
        {
            printer.Put($"illegal reserved result code: 0x{code:x}!\n");
            return false;
        }

        if (printer.Verbosity < 3)
            return true;
        Spaces(printer, indent);
        printer.Put("  Result: ");
        printer.Token(Results, code, "");
        printer.Put($" (code 0x{code:x})\n");
        return true;
    }
}
