using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Options of EDNS. Sources: RFC 6891, 6975, 7828, 7830, 7871, 7873, 7901, 8914.</summary>
internal static class DnsOptionDissector
{
    private const int HeadLength = 4; // code, length
    private const int DeprecatedSubnet = 20730;

    /// <summary>Reads options.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message is.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <returns>False where the message ends before.</returns>
    internal static bool Read(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        while (at < end)
        {
            if (!message.Has(ref dissection, at, HeadLength))
                return false;
            int code = dissection.U16(at);
            int length = dissection.U16(at + 2);
            dissection.Fields.Add(DnsRecordFields.Option, 0, at, HeadLength);
            dissection.Fields.SayMore($": {DnsNames.Option.GetValueOrDefault((ulong)code) ?? $"Unknown ({code})"}");
            dissection.Fields.Depth++;
            bool isRead = ReadOption(ref dissection, message, code, at, length);
            dissection.Fields.Depth--;
            if (!isRead)
                return false;
            at += HeadLength + length;
        }

        return true;
    }

    private static bool ReadOption(ref Dissection dissection, DnsExtent message, int code, int at, int length)
    {
        dissection.Number(DnsRecordFields.OptionCode, at, 2);
        if (code == DeprecatedSubnet)
            dissection.Remark(DnsRecordFields.OptionDeprecated, at);
        dissection.Number(DnsRecordFields.OptionLength, at + 2, 2);
        if (code == 8 && length - 4 is < 0 or > 16)
            dissection.Remark(DnsRecordFields.OptionTooLong, at + 2);
        at += HeadLength;
        if (!message.Has(ref dissection, at, length))
            return false;
        dissection.Part(DnsRecordFields.OptionData, at, length);
        switch (code)
        {
            case 5:
                return AddEach(ref dissection, DnsRecordFields.AlgorithmsUnderstood, at, length);
            case 6:
                return AddEach(ref dissection, DnsRecordFields.DigestsUnderstood, at, length);
            case 7:
                return AddEach(ref dissection, DnsRecordFields.HashesUnderstood, at, length);
            case 8:
            case DeprecatedSubnet:
                return ReadSubnet(ref dissection, message, at, length);
            case 10:
                return message.ReadOctets(ref dissection, DnsRecordFields.ClientCookie, ref at, 8)
                    && message.ReadOctets(ref dissection, DnsRecordFields.ServerCookie, ref at, length - 8);
            case 11:
                return length != 2 || message.ReadNumber(ref dissection, DnsRecordFields.IdleTimeout, ref at, 2);
            case 12:
                return message.ReadOctets(ref dissection, DnsRecordFields.OptionPadding, ref at, length);
            case 13:
                return length == 0 || message.ReadText(ref dissection, DnsRecordFields.TrustPoint, ref at, length);
            case 15:
                if (!message.ReadNumber(ref dissection, DnsRecordFields.ErrorCode, ref at, 2))
                    return false;
                ushort error = dissection.U16(at - 2);
                dissection.Fields.Say($"{DnsRecordFields.ErrorCode.Label}: {DnsNames.NameOfExtendedError(error)} ({error})");
                return length <= 2 || message.ReadText(ref dissection, DnsRecordFields.ErrorText, ref at, length - 2);
            default:
                return true;
        }
    }

    private static bool AddEach(ref Dissection dissection, Field field, int at, int count)
    {
        for (; count > 0; count--)
            dissection.Number(field, at++, 1);
        return true;
    }

    private static bool ReadSubnet(ref Dissection dissection, DnsExtent message, int at, int length)
    {
        const int MasksEnd = 4;
        int start = at;
        if (!message.ReadNumber(ref dissection, DnsRecordFields.SubnetFamily, ref at, 2) || !message.ReadNumber(ref dissection, DnsRecordFields.SubnetSource, ref at, 1)
            || !message.ReadNumber(ref dissection, DnsRecordFields.SubnetScope, ref at, 1) || !message.Has(ref dissection, at, length - MasksEnd))
        {
            return false;
        }

        DnsRecordDissector.AddPrefix(
            ref dissection, dissection.U16(start), at, length - MasksEnd, DnsRecordFields.SubnetIpv4, DnsRecordFields.SubnetIpv6, DnsRecordFields.Subnet);
        return true;
    }
}
