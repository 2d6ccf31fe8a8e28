namespace NetWhy.Analysis.Dissection;

/// <summary>DNS stateful operations: what such a message has instead of questions and records. Sources: RFC 8490, RFC 8765.</summary>
internal static class DnsStatefulDissector
{
    private const int HeadLength = 4; // type, length

    /// <summary>Reads the parts of a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="message">Where the message is.</param>
    /// <param name="at">Where they begin; then where they end.</param>
    /// <returns>False where the message ends before.</returns>
    internal static bool Read(ref Dissection dissection, DnsExtent message, ref int at)
    {
        if (at == message.End)
            return true;
        dissection.Fields.Depth = 1;
        dissection.Fields.Add(DnsRecordFields.Stateful, 0, at, message.End - at);
        while (message.End - at >= HeadLength)
        {
            dissection.Fields.Depth = 2;
            ushort type = dissection.U16(at);
            int length = dissection.U16(at + 2);
            dissection.Fields.Add(DnsRecordFields.StatefulPart, 0, at, 0);
            dissection.Fields.SayMore($": {DnsNames.NameOfStatefulType(type)}");
            dissection.Fields.Depth = 3;
            dissection.Number(DnsRecordFields.StatefulType, at, 2);
            dissection.Fields.Say($"{DnsRecordFields.StatefulType.Label}: {DnsNames.NameOfStatefulType(type)} ({type})");
            dissection.Number(DnsRecordFields.StatefulLength, at + 2, 2);
            at += HeadLength;
            bool isRead = type switch
            {
                1 => message.ReadNumber(ref dissection, DnsRecordFields.StatefulTimes[0], ref at, 4) && message.ReadNumber(ref dissection, DnsRecordFields.StatefulTimes[1], ref at, 4),
                2 => message.ReadNumber(ref dissection, DnsRecordFields.RetryDelay, ref at, 4),
                _ when length == 0 => true,
                3 => message.ReadOctets(ref dissection, DnsRecordFields.StatefulPadding, ref at, length),
                _ => message.ReadOctets(ref dissection, DnsRecordFields.StatefulData, ref at, length),
            };
            if (!isRead)
                return false;
        }

        return true;
    }
}
