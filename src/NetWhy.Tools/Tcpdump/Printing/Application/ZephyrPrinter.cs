namespace NetWhy.Tools.Tcpdump.Printing.Application;

/// <summary>Prints notices of Zephyr. Source: MIT, Zephyr Protocol.</summary>
internal static class ZephyrPrinter
{
    private const int Acknowledgment = 5, LongestText = 255;

    private static readonly Token[] Kinds =
    [
        (0, "unsafe"), (1, "unacked"), (2, "acked"), (3, "hm-ack"), (4, "hm-ctl"), (5, "serv-ack"), (6, "serv-nak"), (7, "client-ack"),
        (8, "stat"),
    ];

    /// <summary>The fields of a notice, each ending with a zero octet.</summary>
    private ref struct Fields
    {
        internal ReadOnlySpan<byte> Octets;
        internal int At;
        internal int Length;
        internal bool IsLost;

        internal ReadOnlySpan<byte> Next(PacketPrinter printer)
        {
            if (IsLost || printer.IsCut)
                return default;
            int start = At;
            while (At < Length && printer.U8(Octets, At) != 0 && !printer.IsCut)
                At++;
            if (printer.IsCut)
                return default;
            if (At >= Length)
            {
                IsLost = true;
                return default;
            }

            return Octets[start..At++];
        }
    }

    /// <summary>Prints a notice.</summary>
    /// <param name="printer">Where.</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal static void Print(PacketPrinter printer, ReadOnlySpan<byte> octets, int length)
    {
        printer.Protocol = "zephyr";
        var fields = new Fields { Octets = octets, Length = length };
        ReadOnlySpan<byte> version = fields.Next(printer);
        if (fields.IsLost)
        {
            printer.Invalid();
            return;
        }

        if (!version.StartsWith("ZEPH"u8))
            return;
        fields.Next(printer);
        uint kind = Hexadecimal(fields.Next(printer));
        for (int i = 0; i < 5; i++)
            fields.Next(printer);
        ReadOnlySpan<byte> kindOfNotice = fields.Next(printer), instance = fields.Next(printer), operation = fields.Next(printer);
        ReadOnlySpan<byte> sender = fields.Next(printer), recipient = fields.Next(printer);
        for (int i = 0; i < 4; i++)
            fields.Next(printer);
        if (fields.IsLost)
        {
            printer.Invalid();
            return;
        }

        printer.Put(" zephyr");
        if (!version[4..].StartsWith("0.2"u8))
        {
            PutText(printer, " v", version[4..]);
            return;
        }

        printer.Put(" ");
        printer.Token(Kinds, kind, "type %d");
        if (kind == Acknowledgment)
        {
            ReadOnlySpan<byte> data = fields.Next(printer);
            if (!fields.IsLost && !data.SequenceEqual("SENT"u8))
                PutLower(printer, "/", data);
        }

        if (!sender.IsEmpty)
            PutText(printer, " ", sender);
        if (PrintControl(printer, ref fields, kind, kindOfNotice, instance, operation))
            return;
        printer.Put(" to ");
        PutTriple(printer, kindOfNotice, instance, recipient);
        if (!operation.IsEmpty)
            PutText(printer, " op ", operation);
    }

    private static uint Hexadecimal(ReadOnlySpan<byte> text)
    {
        uint value = 0;
        if (text.StartsWith("0x"u8) || text.StartsWith("0X"u8))
            text = text[2..];
        foreach (byte digit in text)
        {
            if (!char.IsAsciiHexDigit((char)digit))
                break;
            value = (value << 4) | (uint)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return value;
    }

    private static void PutText(PacketPrinter printer, string before, ReadOnlySpan<byte> text)
    {
        printer.Put(before);
        printer.CapturedCharacters(text, 0, text.Length);
    }

    private static void PutLower(PacketPrinter printer, string before, ReadOnlySpan<byte> text)
    {
        printer.Put(before);
        foreach (byte octet in PacketPrinter.First(text, LongestText))
            printer.Character((byte)(octet is >= (byte)'A' and <= (byte)'Z' ? octet | 0x20 : octet));
    }

    private static void PutTriple(PacketPrinter printer, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        int left = LongestText;
        PutPart(printer, "<"u8, ref left);
        PutPart(printer, first, ref left);
        PutPart(printer, ","u8, ref left);
        PutPart(printer, second, ref left);
        PutPart(printer, ","u8, ref left);
        PutPart(printer, third.IsEmpty ? "*"u8 : third, ref left);
        PutPart(printer, ">"u8, ref left);
    }

    private static void PutPart(PacketPrinter printer, ReadOnlySpan<byte> part, ref int left)
    {
        int length = Math.Min(part.Length, left);
        printer.CapturedCharacters(part, 0, length);
        left -= length;
    }

    // Whether the notice was one that servers and managers of hosts act on.
    private static bool PrintControl(
        PacketPrinter printer, ref Fields fields, uint kind, ReadOnlySpan<byte> kindOfNotice, ReadOnlySpan<byte> instance, ReadOnlySpan<byte> operation)
    {
        if (kindOfNotice.SequenceEqual("USER_LOCATE"u8))
        {
            if (operation.SequenceEqual("USER_HIDE"u8))
                printer.Put(" hide");
            else if (operation.SequenceEqual("USER_UNHIDE"u8))
                printer.Put(" unhide");
            else
                PutText(printer, " locate ", instance);
            return true;
        }

        if (kindOfNotice.SequenceEqual("ZEPHYR_ADMIN"u8))
        {
            PutLower(printer, " zephyr-admin ", operation);
            return true;
        }

        if (kindOfNotice.SequenceEqual("ZEPHYR_CTL"u8) && PrintServerControl(printer, ref fields, kind, instance, operation))
            return true;
        bool isHost = kindOfNotice.SequenceEqual("HM_CTL"u8);
        if (isHost || kindOfNotice.SequenceEqual("WG_CTL"u8))
        {
            PutLower(printer, isHost ? " hm_ctl " : " wg_ctl ", instance);
            PutLower(printer, " ", operation);
            return true;
        }

        if (kindOfNotice.SequenceEqual("HM_STAT"u8) && instance.SequenceEqual("HMST_CLIENT"u8) && operation.SequenceEqual("GIMMESTATS"u8))
        {
            printer.Put(" get-client-stats");
            return true;
        }

        return kindOfNotice.SequenceEqual("LOGIN"u8) && PrintLogin(printer, operation);
    }

    private static bool PrintServerControl(
        PacketPrinter printer, ref Fields fields, uint kind, ReadOnlySpan<byte> instance, ReadOnlySpan<byte> operation)
    {
        if (instance.SequenceEqual("HM"u8))
        {
            PutLower(printer, " ", operation);
            return true;
        }

        if (instance.SequenceEqual("REALM"u8))
        {
            if (operation.SequenceEqual("ADD_SUBSCRIBE"u8))
                printer.Put(" realm add-subs");
            else if (operation.SequenceEqual("REQ_SUBSCRIBE"u8))
                printer.Put(" realm req-subs");
            else if (operation.SequenceEqual("RLM_SUBSCRIBE"u8))
                printer.Put(" realm rlm-sub");
            else if (operation.SequenceEqual("RLM_UNSUBSCRIBE"u8))
                printer.Put(" realm rlm-unsub");
            return true;
        }

        if (!instance.SequenceEqual("CLIENT"u8))
            return false;
        bool isPlain = operation.SequenceEqual("SUBSCRIBE"u8), hasNoDefaults = operation.SequenceEqual("SUBSCRIBE_NODEFS"u8);
        if (isPlain || hasNoDefaults || operation.SequenceEqual("UNSUBSCRIBE"u8))
        {
            printer.Put($" {(isPlain ? "" : "un")}sub{(hasNoDefaults ? "-nodefs" : "")}");
            if (kind == Acknowledgment)
                return true;
            ReadOnlySpan<byte> first = fields.Next(printer), second = fields.Next(printer), third = fields.Next(printer);
            if (fields.IsLost)
                return true;
            printer.Put(" ");
            PutTriple(printer, first, second, third);
        }
        else if (operation.SequenceEqual("GIMME"u8))
        {
            printer.Put(" ret");
        }
        else if (operation.SequenceEqual("GIMMEDEFS"u8))
        {
            printer.Put(" gimme-defs");
        }
        else if (operation.SequenceEqual("CLEARSUB"u8))
        {
            printer.Put(" clear-subs");
        }
        else
        {
            PutLower(printer, " ", operation);
        }

        return true;
    }

    private static bool PrintLogin(PacketPrinter printer, ReadOnlySpan<byte> operation)
    {
        if (operation.SequenceEqual("USER_FLUSH"u8))
        {
            printer.Put(" flush_locs");
            return true;
        }

        if (!operation.SequenceEqual("NONE"u8) && !operation.SequenceEqual("OPSTAFF"u8) && !operation.SequenceEqual("REALM-VISIBLE"u8)
            && !operation.SequenceEqual("REALM-ANNOUNCED"u8) && !operation.SequenceEqual("NET-VISIBLE"u8)
            && !operation.SequenceEqual("NET-ANNOUNCED"u8))
        {
            return false;
        }

        PutLower(printer, " set-exposure ", operation);
        return true;
    }
}
