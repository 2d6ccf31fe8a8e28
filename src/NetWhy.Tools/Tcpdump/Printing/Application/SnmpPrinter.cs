namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints SNMP of versions 1, 2c and 3. Source: RFC 1157, 3412, 3414, 3416.</summary>
internal static class SnmpPrinter
{
    private const int Version1 = 0, Version2 = 1, Version3 = 3, UserSecurity = 3;
    private const int GetRequest = 0, GetNextRequest = 1, GetResponse = 2, Trap = 4, GetBulk = 5, Inform = 6, Report = 8;
    private const int EnterpriseSpecific = 6;

    private static readonly string[] Errors =
    [
        "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength", "wrongEncoding",
        "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed", "undoFailed", "authorizationError",
        "notWritable", "inconsistentName",
    ];

    private static readonly string[] Traps =
        ["coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss", "enterpriseSpecific"];

    /// <summary>Prints a message.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "snmp";
        printer.Put(" ");
        var reader = new BerReader(printer, octets, 0, length);
        if (!reader.Expect(BerKind.Sequence, "[!init SEQ]", out BerElement message))
            return;
        PutExtra(printer, reader, "iSEQ");
        reader = reader.Into(message);
        if (!reader.Expect(BerKind.Integer, "[version!=INT]", out BerElement version))
            return;
        if (version.Signed is not (Version1 or Version2 or Version3))
        {
            printer.Put($"SNMP [version = {version.Signed}]");
            return;
        }

        Verbose(printer, version.Signed switch { Version1 => "{ SNMPv1 ", Version2 => "{ SNMPv2c ", _ => "{ SNMPv3 " });
        if (version.Signed == Version3)
            PrintVersion3(printer, reader);
        else
            PrintCommunity(printer, reader, version.Signed);
        Verbose(printer, "} ");
    }

    private static void Verbose(PacketPrinter printer, string text) => printer.Put(printer.Verbosity > 0 ? text : "");

    private static void PutExtra(PacketPrinter printer, BerReader reader, string place)
    {
        if (reader.Left > 0)
            printer.Put($"[{reader.Left} extra after {place}]");
    }

    private static void PrintCommunity(PacketPrinter printer, BerReader reader, int version)
    {
        if (!reader.Expect(BerKind.String, "[comm!=STR]", out BerElement community))
            return;
        if (!reader.Value(community).SequenceEqual("public"u8))
        {
            printer.Put("C=");
            reader.PutString(community);
            printer.Put(" ");
        }

        PrintUnit(printer, reader, version);
    }

    private static void PrintUnit(PacketPrinter printer, BerReader reader, int version)
    {
        if (!reader.Read(out BerElement unit))
            return;
        if (unit.Kind is not BerKind.Unit)
        {
            printer.Put("[no PDU]");
            return;
        }

        PutExtra(printer, reader, "PDU");
        Verbose(printer, "{ ");
        reader.Put(unit);
        printer.Put(" ");
        reader = reader.Into(unit);
        if (version == Version1 && unit.Identifier >= GetBulk)
        {
            printer.Put("[v2 PDU in v1 message]");
            return;
        }

        if (version == Version2 && unit.Identifier == Trap)
        {
            printer.Put("[v1 PDU in v2 message]");
            return;
        }

        if (unit.Identifier == Trap)
            PrintTrap(printer, reader);
        else
            PrintRequest(printer, reader, unit.Identifier);
        Verbose(printer, " } ");
    }

    private static void PutError(PacketPrinter printer, int error)
    {
        if ((uint)error < (uint)Errors.Length)
            printer.Put(Errors[error]);
        else
            printer.Put($"err={unchecked((uint)error)}");
    }

    private static void PrintRequest(PacketPrinter printer, BerReader reader, int unit)
    {
        if (!reader.Expect(BerKind.Integer, "[reqId!=INT]", out BerElement request))
            return;
        if (printer.Verbosity > 0)
            printer.Put($"R={request.Signed} ");
        if (!reader.Expect(BerKind.Integer, "[errorStatus!=INT]", out BerElement error))
            return;
        bool isAnswer = unit == GetResponse, isBulk = unit == GetBulk;
        if (isBulk)
        {
            printer.Put($" N={error.Signed}");
        }
        else if (error.Signed != 0)
        {
            printer.Put(isAnswer ? " " : "[errorStatus(");
            PutError(printer, error.Signed);
            printer.Put(isAnswer ? "" : ")!=0]");
        }

        if (!reader.Expect(BerKind.Integer, "[errorIndex!=INT]", out BerElement index))
            return;
        if (isBulk)
            printer.Put($" M={index.Signed}");
        else if (!isAnswer && index.Signed != 0)
            printer.Put($"[errorIndex({index.Signed})!=0]");
        else if (isAnswer && index.Signed != 0 && error.Signed == 0)
            printer.Put($"[errorIndex({index.Signed}) w/o errorStatus]");
        else if (isAnswer && index.Signed != 0)
            printer.Put($"@{index.Signed}");
        else if (isAnswer && error.Signed != 0)
            printer.Put("[errorIndex==0]");
        PrintBindings(printer, reader, unit);
    }

    private static void PrintTrap(PacketPrinter printer, BerReader reader)
    {
        printer.Put(" ");
        if (!reader.Expect(BerKind.ObjectIdentifier, "[enterprise!=OID]", out BerElement enterprise))
            return;
        reader.Put(enterprise);
        printer.Put(" ");
        if (!reader.Expect(BerKind.Address, "[agent-addr!=INETADDR]", out BerElement agent))
            return;
        reader.Put(agent);
        if (!reader.Expect(BerKind.Integer, "[generic-trap!=INT]", out BerElement generic))
            return;
        if ((uint)generic.Signed < (uint)Traps.Length)
            printer.Put($" {Traps[generic.Signed]}");
        else
            printer.Put($" gt={generic.Signed}");
        if (!reader.Expect(BerKind.Integer, "[specific-trap!=INT]", out BerElement specific))
            return;
        if (generic.Signed == EnterpriseSpecific)
            printer.Put($" s={specific.Signed}");
        else if (specific.Signed != 0)
            printer.Put($"[specific-trap({specific.Signed})!=0]");
        printer.Put(" ");
        if (!reader.Expect(BerKind.Unsigned, "[time-stamp!=TIMETICKS]", out BerElement time))
            return;
        reader.Put(time);
        PrintBindings(printer, reader, Trap);
    }

    private static void PrintBindings(PacketPrinter printer, BerReader reader, int unit)
    {
        if (!reader.Expect(BerKind.Sequence, "[!SEQ of varbind]", out BerElement list))
            return;
        PutExtra(printer, reader, "SEQ of varbind");
        reader = reader.Into(list);
        bool isQuestion = unit is GetRequest or GetNextRequest or GetBulk;
        while (reader.Left > 0 && !printer.IsCut)
        {
            printer.Put(" ");
            if (!reader.Expect(BerKind.Sequence, "[!varbind]", out BerElement binding))
                return;
            BerReader inner = reader.Into(binding);
            if (!inner.Expect(BerKind.ObjectIdentifier, "[objName!=OID]", out BerElement name))
                return;
            inner.Put(name);
            printer.Put(isQuestion ? "" : "=");
            if (!inner.Read(out BerElement value))
                return;
            if (value.Kind is BerKind.Null)
                continue;
            printer.Put(isQuestion ? "[objVal!=NULL]" : "");
            inner.Put(value);
        }
    }

    private static void PrintVersion3(PacketPrinter printer, BerReader reader)
    {
        if (!reader.Expect(BerKind.Sequence, "[!message]", out BerElement header))
            return;
        Verbose(printer, "{ ");
        BerReader inner = reader.Into(header);
        if (!inner.Expect(BerKind.Integer, "[msgID!=INT]", out _)
            || !inner.Expect(BerKind.Integer, "[msgMaxSize!=INT]", out _)
            || !inner.Expect(BerKind.String, "[msgFlags!=STR]", out BerElement flagsElement))
        {
            return;
        }

        if (flagsElement.Length != 1)
        {
            printer.Put($"[msgFlags size {flagsElement.Length}]");
            return;
        }

        uint flags = inner.Value(flagsElement)[0];
        if (flags > 7 || (flags & 3) == 2)
        {
            printer.Put("[msgFlags=0x");
            printer.Format("%02X", flags);
            printer.Put("]");
            return;
        }

        printer.Put($"F={((flags & 1) != 0 ? "a" : "")}{((flags & 2) != 0 ? "p" : "")}{((flags & 4) != 0 ? "r" : "")} ");
        if (!inner.Expect(BerKind.Integer, "[msgSecurityModel!=INT]", out BerElement model))
            return;
        PutExtra(printer, inner, "message SEQ");
        Verbose(printer, "} ");
        if (model.Signed != UserSecurity)
        {
            printer.Put($"[security model {model.Signed}]");
            return;
        }

        Verbose(printer, "{ USM ");
        if (!reader.Expect(BerKind.String, "[msgSecurityParameters!=STR]", out BerElement security))
            return;
        PrintUserSecurity(printer, reader.Into(security));
        Verbose(printer, "} ");
        Verbose(printer, "{ ScopedPDU ");
        PrintScoped(printer, reader);
        Verbose(printer, "} ");
    }

    private static void PrintUserSecurity(PacketPrinter printer, BerReader reader)
    {
        if (!reader.Expect(BerKind.Sequence, "[!usm]", out BerElement parameters))
            return;
        reader = reader.Into(parameters);
        if (!reader.Expect(BerKind.String, "[msgAuthoritativeEngineID!=STR]", out _)
            || !reader.Expect(BerKind.Integer, "[msgAuthoritativeEngineBoots!=INT]", out BerElement boots))
        {
            return;
        }

        if (printer.Verbosity > 0)
            printer.Put($"B={boots.Signed} ");
        if (!reader.Expect(BerKind.Integer, "[msgAuthoritativeEngineTime!=INT]", out BerElement time))
            return;
        if (printer.Verbosity > 0)
            printer.Put($"T={time.Signed} ");
        if (!reader.Expect(BerKind.String, "[msgUserName!=STR]", out BerElement user))
            return;
        printer.Put("U=");
        reader.PutString(user);
        printer.Put(" ");
        if (reader.Expect(BerKind.String, "[msgAuthenticationParameters!=STR]", out _)
            && reader.Expect(BerKind.String, "[msgPrivacyParameters!=STR]", out _))
        {
            PutExtra(printer, reader, "usm SEQ");
        }
    }

    private static void PrintScoped(PacketPrinter printer, BerReader reader)
    {
        if (!reader.Expect(BerKind.Sequence, "[!scoped PDU]", out BerElement scoped))
            return;
        reader = reader.Into(scoped);
        if (!reader.Expect(BerKind.String, "[contextEngineID!=STR]", out BerElement engine))
            return;
        printer.Put("E=");
        reader.PutOctets(engine);
        printer.Put(" ");
        if (!reader.Expect(BerKind.String, "[contextName!=STR]", out BerElement name))
            return;
        printer.Put("C=");
        reader.PutString(name);
        printer.Put(" ");
        PrintUnit(printer, reader, Version3);
    }
}
