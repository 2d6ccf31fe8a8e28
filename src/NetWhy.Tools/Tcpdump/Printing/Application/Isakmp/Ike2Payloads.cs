namespace NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;

/// <summary>Prints payloads of version 2 of the key exchange. Source: RFC 7296, section 3.</summary>
internal static class Ike2Payloads
{
    private const int Header = 4;
    private const int CutShort = -2;
    private const byte Association = 33;
    private const byte KeyExchange = 34;
    private const byte InitiatorIdentity = 35;
    private const byte ResponderIdentity = 36;
    private const byte Authentication = 39;
    private const byte Nonce = 40;
    private const byte Notification = 41;
    private const byte Vendor = 43;
    private const byte Encrypted = 46;
    private const ushort Cookie = 16390;

    private static readonly Token[] TransformTypes = [(1, "encr"), (2, "prf"), (3, "integ"), (4, "dh"), (5, "esn")];

    private static readonly Token[] RandomFunctions = [(1, "hmac-md5"), (2, "hmac-sha"), (3, "hmac-tiger"), (4, "aes128_xcbc")];

    private static readonly Token[] Integrities = [(1, "hmac-md5"), (2, "hmac-sha"), (3, "dec-mac"), (4, "kpdk-md5"), (5, "aes-xcbc")];

    private static readonly Token[] SequenceNumbers = [(0, "no-esn"), (1, "esn")];

    private static readonly Token[] Methods = [(0, "invalid"), (1, "rsasig"), (2, "shared-secret"), (3, "dsssig")];

    private static readonly Token[] Identities =
    [
        (1, " ipv4:"), (2, " fqdn:"), (3, " rfc822:"), (5, " ipv6:"), (9, " dn:"), (10, " gn:"), (11, " keyid:"),
    ];

    // Those whose security parameter index is printed, and those whose is not.
    private static readonly Token[] Indexed =
    [
        (4, "invalid_ike_spi"), (7, "invalid_syntax"), (9, "invalid_message_id"), (11, "invalid_spi"), (14, "no_protocol_chosen"),
        (17, "invalid_ke_payload"), (24, "authentication_failed"), (34, "single_pair_required"), (16388, "nat_detection_source_ip"),
        (16389, "nat_detection_destination_ip"), (Cookie, "cookie"), (16393, "rekey_sa"),
    ];

    private static readonly Token[] NotIndexed =
    [
        (1, "unsupported_critical_payload"), (5, "invalid_major_version"), (35, "no_additional_sas"), (36, "internal_address_failure"),
        (37, "failed:cp_required"), (39, "invalid_selectors"), (16384, "initial_contact"), (16385, "set_window_size"),
        (16386, "additional_ts_possible"), (16387, "ipcomp_supported"), (16391, "use_transport_mode"), (16392, "http_cert_lookup_supported"),
        (16394, "tfc_padding_not_supported"), (16395, "non_first_fragment_also"),
    ];

    /// <summary>Prints a payload.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured of the message; all of the payload.</param>
    /// <param name="type">What it is.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="size">What it is long.</param>
    /// <param name="depth">How deep it lies.</param>
    /// <returns>Where the next begins; -1 if it is cut short, or nothing can follow.</returns>
    internal static int Print(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, int size, int depth)
    {
        int end = type switch
        {
            Association => PrintAssociation(printer, octets, at, size, depth),
            KeyExchange => PrintKeyExchange(printer, octets, at, size),
            InitiatorIdentity or ResponderIdentity => PrintIdentity(printer, octets, type, at, size),
            Authentication => PrintAuthentication(printer, octets, at, size),
            Nonce => PrintNonce(printer, octets, at, size),
            Notification => PrintNotification(printer, octets, at, size),
            Vendor => PrintVendor(printer, octets, at, size),
            _ => PrintOpaque(printer, octets, type, at, size),
        };
        if (end == CutShort)
        {
            IkeNames.Cut(printer, type is Notification ? (byte)11 : type);
            return -1;
        }

        return type is Encrypted ? -1 : end; // what follows lies inside it
    }

    private static void PutName(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at)
    {
        IkeNames.Payload(printer, type);
        PutCritical(printer, octets, at);
    }

    private static void PutCritical(PacketPrinter printer, ReadOnlySpan<byte> octets, int at) =>
        printer.Put((octets[at + 1] & 0x80) != 0 ? "[C]:" : ":");

    private static int PrintOpaque(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, int size)
    {
        PutName(printer, octets, type, at);
        printer.Put($" len={size - Header}");
        PrintRaw(printer, octets, at + Header, size - Header, type is Encrypted ? 5 : 1);
        return at + size;
    }

    private static void PrintRaw(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int count, int least)
    {
        if (printer.Verbosity <= 2 || count < least)
            return;
        printer.Put(" ");
        IkeNames.Raw(printer, octets, at, count);
    }

    private static int PrintAssociation(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int depth)
    {
        printer.Put("sa");
        PutCritical(printer, octets, at);
        printer.Put($" len={size - Header}");
        int left = size - Header;
        byte next = IkeNames.Proposal;
        at += Header;
        while (next != 0 && !printer.IsCut)
        {
            if (left < Header)
                return TooLong(printer, Association, at + left);
            if (!PacketPrinter.Has(octets, at, Header))
                return CutShort;
            int item = printer.U16(octets, at + 2);
            if (item <= Header)
                return CutShort;
            if (left < item)
                return TooLong(printer, Association, at + left);
            if (!PacketPrinter.Has(octets, at, item))
                return CutShort;
            int end = at + item;
            IsakmpPrinter.Indent(printer, depth + 1);
            if (next == IkeNames.Proposal)
                end = PrintProposal(printer, octets, at, item, depth + 1);
            else
                IkeNames.Payload(printer, next);
            if (end < 0)
                return -1;
            printer.Put(")");
            left -= item;
            next = octets[at];
            at = end;
        }

        return at;
    }

    private static int TooLong(PacketPrinter printer, byte type, int end)
    {
        IkeNames.Cut(printer, type);
        return end;
    }

    private static int Short(PacketPrinter printer, byte type)
    {
        IkeNames.Cut(printer, type);
        return -1;
    }

    private static int PrintProposal(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int depth)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return Short(printer, IkeNames.Proposal);
        PutName(printer, octets, IkeNames.Proposal, at);
        printer.Put($" #{octets[at + 4]} protoid=");
        IkeNames.Protocol(printer, octets[at + 5]);
        printer.Put($" transform={octets[at + 7]} len={size}");
        int left = size - Header, index = octets[at + 6];
        at += 8;
        if (index > 0)
        {
            if (left < index)
                return TooLong(printer, IkeNames.Proposal, at + left);
            printer.Put(" spi=");
            if (!IkeNames.Raw(printer, octets, at, index))
                return Short(printer, IkeNames.Proposal);
            at += index;
            left -= index;
        }

        byte next = IkeNames.Transform;
        for (int number = 1; next != 0 && !printer.IsCut; number++)
        {
            if (left < Header)
                return TooLong(printer, IkeNames.Proposal, at + left);
            if (!PacketPrinter.Has(octets, at, Header))
                return Short(printer, IkeNames.Proposal);
            int item = printer.U16(octets, at + 2);
            if (item <= Header)
                return Short(printer, IkeNames.Proposal);
            if (left < item)
                return TooLong(printer, IkeNames.Proposal, at + left);
            if (!PacketPrinter.Has(octets, at, item))
                return Short(printer, IkeNames.Proposal);
            int end = at + item;
            IsakmpPrinter.Indent(printer, depth + 1);
            if (next == IkeNames.Transform)
                end = PrintTransform(printer, octets, at, item, number);
            else
                IkeNames.Payload(printer, next);
            if (end < 0)
                return -1;
            printer.Put(")");
            left -= item;
            next = octets[at];
            at = end;
        }

        return at;
    }

    private static int PrintTransform(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size, int number)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return Short(printer, IkeNames.Transform);
        PutName(printer, octets, IkeNames.Transform, at);
        byte type = octets[at + 4];
        uint identifier = printer.U16(octets, at + 6);
        printer.Put($" #{number} type=");
        printer.Token(TransformTypes, type, "#%u");
        printer.Put(" id=");
        ReadOnlySpan<Token> identifiers = type switch
        {
            1 => IkeNames.EncryptionTransforms,
            2 => RandomFunctions,
            3 => Integrities,
            4 => IkeNames.Groups,
            5 => SequenceNumbers,
            _ => [],
        };
        printer.Token(identifiers, identifier, type is >= 1 and <= 5 ? "#%u" : "%u");
        printer.Put(" ");
        int end = IkeAttributes.Print(
            printer, octets, at + 8, at + size, type == 1 ? IkeAttributeNames.Encryption : IkeAttributeNames.None);
        return end < 0 ? Short(printer, IkeNames.Transform) : end;
    }

    private static int PrintKeyExchange(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        PutName(printer, octets, KeyExchange, at);
        if (size < 8)
        {
            printer.Put($" len={size} < 8");
            return at + size;
        }

        printer.Put($" len={size - 8} group=");
        printer.Token(IkeNames.Groups, printer.U16(octets, at + 4), "#%u");
        PrintRaw(printer, octets, at + 8, size - 8, 1);
        return at + size;
    }

    private static int PrintIdentity(PacketPrinter printer, ReadOnlySpan<byte> octets, byte type, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        PutName(printer, octets, type, at);
        printer.Put($" len={size - Header}");
        PrintRaw(printer, octets, at + Header, size - Header, 1);
        byte identity = octets[at + 4];
        if (Token.Find(Identities, identity) is not { } name)
            return at + size;
        printer.Put(name);
        if (size < 8)
            return CutShort;
        if (identity is 2 or 3)
            PutPrintable(printer, octets.Slice(at + 8, size - 8));
        else
            IkeNames.Raw(printer, octets, at + 8, size - 8);
        return at + size;
    }

    private static void PutPrintable(PacketPrinter printer, ReadOnlySpan<byte> text)
    {
        foreach (byte octet in text)
            printer.Text.Add(octet is >= 0x20 and < 0x7f ? octet : (byte)'.');
    }

    private static int PrintAuthentication(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        PutName(printer, octets, Authentication, at);
        printer.Put($" len={size - Header} method=");
        printer.Token(Methods, octets[at + 4], "#%u");
        if (printer.Verbosity > 1)
        {
            printer.Put(" authdata=(");
            if (!IkeNames.Raw(printer, octets, at + 8, size - 8))
                return CutShort;
            printer.Put(") ");
        }
        else if (!IkeNames.SomeData(printer, octets, at + 8))
        {
            return CutShort;
        }

        return at + size;
    }

    private static int PrintNonce(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        printer.Put("nonce");
        PutCritical(printer, octets, at);
        printer.Put($" len={size - Header}");
        if (printer.Verbosity > 1)
        {
            printer.Put(" nonce=(");
            IkeNames.Raw(printer, octets, at + Header, size - Header);
            printer.Put(") ");
        }
        else
        {
            IkeNames.SomeData(printer, octets, at + Header);
        }

        return at + size;
    }

    private static int PrintNotification(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        if (!PacketPrinter.Has(octets, at, 8))
            return CutShort;
        PutName(printer, octets, 11, at);
        printer.Put(" prot_id=");
        IkeNames.Protocol(printer, octets[at + 4]);
        ushort type = printer.U16(octets, at + 6);
        string? name = Token.Find(Indexed, type) ?? Token.Find(NotIndexed, type);
        printer.Put($" type={type}(");
        printer.Put(name ?? type switch { < 8192 => "error", < 16384 => "private-error", < 40960 => "status", _ => "private-status" });
        printer.Put(")");
        int index = octets[at + 5];
        if (index > 0 && Token.Find(NotIndexed, type) is null)
        {
            printer.Put(" spi=");
            if (!IkeNames.Raw(printer, octets, at + 8, index))
                return CutShort;
        }

        int data = at + 8 + index, left = octets.Length - data;
        if (left > 0 && (printer.Verbosity > 3 || (type == Cookie && left < 30)))
        {
            printer.Put(" data=(");
            IkeNames.Raw(printer, octets, data, left);
            printer.Put(")");
        }
        else if (left > 0 && type == Cookie)
        {
            IkeNames.SomeData(printer, octets, data);
        }

        return at + size;
    }

    private static int PrintVendor(PacketPrinter printer, ReadOnlySpan<byte> octets, int at, int size)
    {
        PutName(printer, octets, Vendor, at);
        printer.Put($" len={size - Header} vid=");
        PutPrintable(printer, octets.Slice(at + Header, size - Header));
        PrintRaw(printer, octets, at + Header, size - Header, 5);
        return at + size;
    }
}
