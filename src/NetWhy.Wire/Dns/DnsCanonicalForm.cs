using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>Records as signatures count them. Source: RFC 4034, section 6.2; RFC 6840, section 5.1.</summary>
public static class DnsCanonicalForm
{
    private const int FixedSize = 10; // octets between the owner and the data

    /// <summary>Copies the data of a record: names without compression, those of the types in RFC 4034 in lower case.</summary>
    /// <param name="record">The record.</param>
    /// <param name="destination">Where to; <see cref="ushort.MaxValue"/> octets suffice.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> if names within the data are broken.
    /// </returns>
    public static OperationStatus CopyData(DnsRecord record, Span<byte> destination, out int written) =>
        CopyData(record, destination, isCanonical: true, out written);

    /// <summary>Copies a whole record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="labels">The number of labels that the signature names: if the owner has more, a wildcard made it.</param>
    /// <param name="originalTimeToLive">The time to live that the signature names, in seconds.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns>As <see cref="CopyData(DnsRecord, Span{byte}, out int)"/>. Source: RFC 4035, section 5.3.2.</returns>
    public static OperationStatus CopyRecord(DnsRecord record, int labels, uint originalTimeToLive, Span<byte> destination, out int written)
    {
        written = 0;
        OperationStatus status = CopyOwner(record.Owner, labels, destination, out int length);
        if (status is not OperationStatus.Done)
            return status;
        if (destination.Length < length + FixedSize)
            return OperationStatus.DestinationTooSmall;

        status = CopyData(record, destination[(length + FixedSize)..], out int dataLength);
        if (status is not OperationStatus.Done)
            return status;

        WriteFixed(destination[length..], record.Type, record.Class, originalTimeToLive, dataLength);
        written = length + FixedSize + dataLength;
        return OperationStatus.Done;
    }

    internal static void WriteFixed(Span<byte> destination, DnsRecordType type, DnsClass number, uint timeToLive, int dataLength)
    {
        BinaryPrimitives.WriteUInt16BigEndian(destination, (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], timeToLive);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], (ushort)dataLength);
    }

    internal static OperationStatus CopyOwner(DnsName owner, int labels, Span<byte> destination, out int written)
    {
        if (labels >= owner.Labels)
            return owner.CopyCanonicalTo(destination, out written);

        written = 0;
        if (destination.Length < 2)
            return OperationStatus.DestinationTooSmall;

        (destination[0], destination[1]) = (1, (byte)'*');
        OperationStatus status = owner.LastLabels(labels).CopyCanonicalTo(destination[2..], out int length);
        written = status is OperationStatus.Done ? 2 + length : 0;
        return status;
    }

    /// <summary>Whether data of a type has names in it, where they can be found.</summary>
    internal static bool HasNames(DnsRecordType type)
    {
        foreach (DnsDataField field in DnsDataFields.Of(type, DnsClass.Internet))
        {
            if (field is DnsDataField.Name or DnsDataField.SignedName or DnsDataField.Names or DnsDataField.A6 or DnsDataField.IpsecGateway or DnsDataField.AmtRelay)
                return true;
        }

        return false;
    }

    internal static OperationStatus CopyData(DnsRecord record, Span<byte> destination, bool isCanonical, out int written)
    {
        written = 0;
        ReadOnlySpan<byte> data = record.Data;
        DnsDataReader reader = record.ReadData();
        int start = reader.Position, copied = 0; // how much of the data lies in the destination
        foreach (DnsDataField field in DnsDataFields.Of(record.Type, record.Class))
        {
            if (field is DnsDataField.IfMore or DnsDataField.Names && reader.Left == 0)
                break;

            bool isSigned = field is DnsDataField.SignedName;
            if (field is DnsDataField.A6 or DnsDataField.IpsecGateway or DnsDataField.AmtRelay)
            {
                if (!SkipToName(ref reader, field))
                    break;

                isSigned = field is DnsDataField.A6;
            }
            else if (field is not (DnsDataField.Name or DnsDataField.SignedName or DnsDataField.Names))
            {
                reader.Skip(field);
                continue;
            }

            do
            {
                ReadOnlySpan<byte> before = data[copied..(reader.Position - start)];
                if (!before.TryCopyTo(destination[written..]))
                    return OperationStatus.DestinationTooSmall;

                written += before.Length;
                DnsName name = reader.Name();
                if (!reader.IsSound)
                    return Fail(OperationStatus.InvalidData, out written);

                OperationStatus status = isSigned && isCanonical
                    ? name.CopyCanonicalTo(destination[written..], out int length)
                    : name.CopyTo(destination[written..], out length);
                if (status is not OperationStatus.Done)
                    return Fail(status, out written);

                written += length;
                copied = reader.Position - start;
            }
            while (field is DnsDataField.Names && reader.Left > 0);
        }

        if (!reader.IsSound)
            return Fail(OperationStatus.InvalidData, out written);
        if (!data[copied..].TryCopyTo(destination[written..]))
            return Fail(OperationStatus.DestinationTooSmall, out written);

        written += data.Length - copied;
        return OperationStatus.Done;
    }

    private static OperationStatus Fail(OperationStatus status, out int written)
    {
        written = 0;
        return status;
    }

    // Whether there is a name depends on what stands before it.
    private static bool SkipToName(scoped ref DnsDataReader reader, DnsDataField field)
    {
        if (field is DnsDataField.A6)
        {
            int prefix = reader.UInt8();
            reader.Take(16 - (Math.Min(prefix, 128) / 8));
            return prefix != 0 && reader.IsSound;
        }

        if (field is DnsDataField.AmtRelay)
            return (reader.UInt8() & 0x7f) == 3;

        reader.UInt8();
        byte kind = reader.UInt8();
        reader.UInt8();
        return kind == 3 && reader.IsSound;
    }
}
