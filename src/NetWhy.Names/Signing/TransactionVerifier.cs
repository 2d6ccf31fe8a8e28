using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What verification makes of a message.</summary>
public enum TransactionVerdict
{
    /// <summary>It is signed by the key.</summary>
    Verified,

    /// <summary>It has no signature where none is needed: within a transfer.</summary>
    Unsigned,

    /// <summary>A signature is missing.</summary>
    Missing,

    /// <summary>The server says that it could not verify the query.</summary>
    ErrorSet,

    /// <summary>The clocks differ by more than is allowed.</summary>
    ClockSkew,

    /// <summary>The signature is wrong, or by another key.</summary>
    Failed,
}

/// <summary>Verifies the messages that answer one signed query. Source: RFC 8945, section 5.3.</summary>
public sealed class TransactionVerifier
{
    private const int MostUnsigned = 99; // messages between two that are signed: RFC 8945, section 5.3.1
    private const int BadTime = 18; // RFC 8945, section 3

    private readonly TransactionKey _key;
    private readonly List<byte> _pending = [];
    private byte[] _code;
    private bool _isFirst = true;
    private int _unsigned;

    internal TransactionVerifier(TransactionKey key, byte[] code) => (_key, _code) = (key, code);

    /// <summary>Verifies the next message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="seconds">The time, in seconds since 1970.</param>
    public TransactionVerdict Take(ReadOnlySpan<byte> message, long seconds)
    {
        byte[] unsigned = new byte[message.Length];
        if (DnsTransactionSignature.CopyUnsigned(message, unsigned, out int length, out DnsRecord record) is not OperationStatus.Done
            || DnsTransactionSignature.Read(record.Data, out DnsTransactionSignature signature) is not OperationStatus.Done)
        {
            if (_isFirst || ++_unsigned > MostUnsigned)
                return TransactionVerdict.Missing;
            _pending.AddRange(message);
            return TransactionVerdict.Unsigned;
        }

        var signed = new ArrayBufferWriter<byte>();
        signed.Write(TransactionKey.BigEndian((ushort)_code.Length));
        signed.Write(_code);
        signed.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending));
        signed.Write(unsigned.AsSpan(0, length));
        if (_isFirst)
            DnsTransactionSignature.WriteVariables(record.Owner, signature, signed);
        else
            DnsTransactionSignature.WriteTimers(signature, signed);

        bool isRight = _key.Is(record.Owner, signature.Algorithm) && _key.IsRight(signed.WrittenSpan, signature.Code);
        _code = signature.Code.ToArray();
        _pending.Clear();
        (_isFirst, _unsigned) = (false, 0);
        return isRight && (int)signature.Error == BadTime ? TransactionVerdict.ClockSkew
            : signature.Error is not DnsResponseCode.NoError ? TransactionVerdict.ErrorSet
            : !isRight ? TransactionVerdict.Failed
            : Math.Abs((long)signature.TimeSigned - seconds) > signature.Fudge ? TransactionVerdict.ClockSkew
            : TransactionVerdict.Verified;
    }
}
