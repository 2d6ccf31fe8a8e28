using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What a service offers: records SVCB and HTTPS. Source: RFC 9460.</summary>
internal static class DnsServiceDissector
{
    /// <summary>Reads the data of a record.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message is.</param>
    /// <param name="at">Where the data begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <returns>False where the message ends before.</returns>
    internal static bool Read(ref Dissection dissection, DnsExtent message, int at, int end)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.ServicePriority, ref at, 2) || !message.ReadName(ref dissection, DnsRecordFields.ServiceTarget, ref at))
            return false;
        while (at < end)
        {
            dissection.Fields.Add(DnsRecordFields.Parameter, 0, at, 0);
            int parameter = dissection.Fields.Last;
            dissection.Fields.Depth++;
            bool isRead = ReadParameter(ref dissection, message, parameter, ref at);
            dissection.Fields.Depth--;
            if (!isRead)
                return false;
        }

        return true;
    }

    private static bool ReadParameter(ref Dissection dissection, DnsExtent message, int parameter, ref int at)
    {
        if (!message.ReadNumber(ref dissection, DnsRecordFields.ParameterKey, ref at, 2) || !message.ReadNumber(ref dissection, DnsRecordFields.ParameterLength, ref at, 2))
            return false;
        int key = dissection.U16(at - 4);
        int length = dissection.U16(at - 2);
        PacketFields fields = dissection.Fields;
        fields.SayMoreOf(parameter, $": {NameOf(key)}");
        int end = at + length;
        switch (key)
        {
            case 0:
                while (at < end)
                {
                    if (!message.ReadNumber(ref dissection, DnsRecordFields.MandatoryKey, ref at, 2))
                        return false;
                    fields.SayMoreOf(parameter, $"{(at - 2 == end - length ? '=' : ',')}{NameOf(dissection.U16(at - 2))}");
                }

                return true;
            case 1:
                while (at < end)
                {
                    int start = at;
                    if (!message.ReadNumber(ref dissection, DnsRecordFields.AlpnLength, ref at, 1) || !message.ReadText(ref dissection, DnsRecordFields.Alpn, ref at, dissection.U8(at - 1)))
                        return false;
                    fields.SayMoreOf(parameter, $"{(start == end - length ? '=' : ',')}{dissection.Octets[(start + 1)..at]}");
                }

                return true;
            case 3:
                if (!message.ReadNumber(ref dissection, DnsRecordFields.ServicePort, ref at, 2))
                    return false;
                fields.SayMoreOf(parameter, $"={dissection.U16(at - 2)}");
                return true;
            case 4:
            case 6:
                int size = key == 4 ? 4 : 16;
                while (at < end)
                {
                    bool isRead = key == 4
                        ? message.ReadNumber(ref dissection, DnsRecordFields.HintIpv4, ref at, size)
                        : message.ReadOctets(ref dissection, DnsRecordFields.HintIpv6, ref at, size);
                    if (!isRead)
                        return false;
                    fields.SayMoreOf(parameter, $"{(at - size == end - length ? '=' : ',')}{dissection.Octets.Slice(at - size, size):ip}");
                }

                return true;
            case 5:
            case 32769:
                Field field = key == 5 ? DnsRecordFields.EchConfig : DnsRecordFields.OdohConfig;
                if (!message.ReadOctets(ref dissection, field, ref at, length))
                    return false;
                if (fields.AreTextsWanted)
                {
                    string text = Convert.ToBase64String(dissection.Octets.Slice(at - length, length));
                    fields.Say($"{field.Label}: {text}");
                    fields.SayMoreOf(parameter, $"={text}");
                }

                return true;
            case var _ when length == 0:
                return true;
            default:
                if (!message.ReadOctets(ref dissection, DnsRecordFields.ParameterValue, ref at, length))
                    return false;
                fields.SayMoreOf(parameter, $"={dissection.Octets.Slice(at - length, length)}");
                return true;
        }
    }

    private static string NameOf(int key) => DnsNames.ServiceParameter.GetValueOrDefault((ulong)key) ?? $"key{key}";
}
