using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Dns;

/// <summary>The data of a TSIG record, and what its code is computed over; the HMAC itself is made elsewhere.</summary>
/// <remarks>
/// <code>
/// ALGORITHM NAME | TIME SIGNED (48 bits) | FUDGE (16) | MAC SIZE (16) | MAC | ORIGINAL ID (16) | ERROR (16) | OTHER LEN (16) | OTHER DATA
/// </code>
/// Source: RFC 8945, section 4.2.
/// </remarks>
public readonly ref struct DnsTransactionSignature
{
    private DnsTransactionSignature(
        DnsName algorithm, ulong timeSigned, ushort fudge, ReadOnlySpan<byte> code, ushort originalId, DnsResponseCode error, ReadOnlySpan<byte> other)
    {
        Algorithm = algorithm;
        TimeSigned = timeSigned;
        Fudge = fudge;
        Code = code;
        OriginalId = originalId;
        Error = error;
        Other = other;
    }

    /// <summary>The algorithm, such as <c>hmac-sha256.</c></summary>
    public DnsName Algorithm { get; }

    /// <summary>When it was signed, in seconds since 1970.</summary>
    public ulong TimeSigned { get; }

    /// <summary>How far the clocks may differ, in seconds.</summary>
    public ushort Fudge { get; }

    /// <summary>The code.</summary>
    public ReadOnlySpan<byte> Code { get; }

    /// <summary>The number of the message when it was signed.</summary>
    public ushort OriginalId { get; }

    /// <summary>What went wrong; 16 is BADSIG here.</summary>
    public DnsResponseCode Error { get; }

    /// <summary>The server's time (48 bits) with BADTIME, else nothing.</summary>
    public ReadOnlySpan<byte> Other { get; }

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data; the name is never compressed.</param>
    /// <param name="signature">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.InvalidData"/> if it is cut short or too long.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsTransactionSignature signature)
    {
        var reader = new DnsDataReader(data, 0, data.Length);
        DnsName algorithm = reader.PlainName();
        ulong time = ((ulong)reader.UInt16() << 32) | reader.UInt32();
        ushort fudge = reader.UInt16();
        ReadOnlySpan<byte> code = reader.Take(reader.UInt16());
        ushort originalId = reader.UInt16();
        var error = (DnsResponseCode)reader.UInt16();
        ReadOnlySpan<byte> other = reader.Take(reader.UInt16());
        bool isSound = reader.IsSound && reader.Left == 0;
        signature = isSound ? new DnsTransactionSignature(algorithm, time, fudge, code, originalId, error, other) : default;
        return isSound ? OperationStatus.Done : OperationStatus.InvalidData;
    }

    /// <summary>Copies a message as it was before it was signed: without its last record, the TSIG, and with its first number.</summary>
    /// <param name="message">The message.</param>
    /// <param name="destination">Where to; never longer than the message.</param>
    /// <param name="written">How many octets were written.</param>
    /// <param name="record">The TSIG record, whose owner is the key's name.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> if the message is broken, or its last record is no TSIG. Source: RFC 8945, section 5.1.
    /// </returns>
    public static OperationStatus CopyUnsigned(ReadOnlySpan<byte> message, Span<byte> destination, out int written, out DnsRecord record)
    {
        written = 0;
        record = default;
        if (DnsMessage.Read(message, out DnsMessage view) is not OperationStatus.Done || view.Header.Additionals == 0)
            return OperationStatus.InvalidData;

        DnsRecordReader records = view.ReadRecords();
        int start = 0;
        while (!records.IsComplete)
        {
            start = records.Position;
            if (records.Read() is not OperationStatus.Done)
                return OperationStatus.InvalidData;
        }

        if (records.Current.Type is not DnsRecordType.TSIG || records.Position != message.Length
            || Read(records.Current.Data, out DnsTransactionSignature signature) is not OperationStatus.Done)
        {
            return OperationStatus.InvalidData;
        }

        // The reader only knows where the first record starts once it has read it.
        start = start == 0 ? records.Current.Owner.Offset : start;
        if (destination.Length < start)
            return OperationStatus.DestinationTooSmall;

        message[..start].CopyTo(destination);
        ref DnsHeader header = ref MemoryMarshal.AsRef<DnsHeader>(destination);
        header = header with { Id = signature.OriginalId, Additionals = (ushort)(header.Additionals - 1) };
        record = records.Current;
        written = start;
        return OperationStatus.Done;
    }

    /// <summary>Writes what is signed behind the message: the TSIG variables. In front of it, an answer's code covers the query's code behind its length (16 bits).</summary>
    /// <param name="key">The key's name.</param>
    /// <param name="signature">The record's data; of it, all but code and number count.</param>
    /// <param name="output">Where to. Source: RFC 8945, section 4.3.3.</param>
    public static void WriteVariables(DnsName key, DnsTransactionSignature signature, IBufferWriter<byte> output)
    {
        const int FixedSize = 6, NumbersSize = 12;

        Span<byte> room = output.GetSpan((DnsName.MaxLength * 2) + FixedSize + NumbersSize + signature.Other.Length);
        key.CopyCanonicalTo(room, out int length);
        BinaryPrimitives.WriteUInt16BigEndian(room[length..], (ushort)DnsClass.Any);
        BinaryPrimitives.WriteUInt32BigEndian(room[(length + 2)..], 0);
        length += FixedSize;
        signature.Algorithm.CopyCanonicalTo(room[length..], out int algorithmLength);
        length += algorithmLength;
        length += WriteTimers(signature, room[length..]);
        BinaryPrimitives.WriteUInt16BigEndian(room[length..], (ushort)signature.Error);
        BinaryPrimitives.WriteUInt16BigEndian(room[(length + 2)..], (ushort)signature.Other.Length);
        signature.Other.CopyTo(room[(length + 4)..]);
        output.Advance(length + 4 + signature.Other.Length);
    }

    /// <summary>Writes what is signed behind the second and later messages of a stream. Source: RFC 8945, section 5.3.1.</summary>
    /// <param name="signature">The record's data.</param>
    /// <param name="output">Where to.</param>
    public static void WriteTimers(DnsTransactionSignature signature, IBufferWriter<byte> output) =>
        output.Advance(WriteTimers(signature, output.GetSpan(8)));

    private static int WriteTimers(DnsTransactionSignature signature, Span<byte> room)
    {
        BinaryPrimitives.WriteUInt16BigEndian(room, (ushort)(signature.TimeSigned >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(room[2..], (uint)signature.TimeSigned);
        BinaryPrimitives.WriteUInt16BigEndian(room[6..], signature.Fudge);
        return 8;
    }
}
