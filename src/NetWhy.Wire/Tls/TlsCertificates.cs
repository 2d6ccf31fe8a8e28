using System.Buffers;

namespace NetWhy.Wire.Tls;

/// <summary>Walks the certificates of a Certificate message, the server's own first, forward only and in place.</summary>
/// <remarks>Source: RFC 5246, section 7.4.2; RFC 8446, section 4.4.2.</remarks>
public ref struct TlsCertificates
{
    private const int LengthSize = 3;

    private readonly bool _isTls13;
    private ReadOnlySpan<byte> _rest;
    private int _said;

    /// <summary>Makes a walk.</summary>
    /// <param name="body">What is here of the body of the message.</param>
    /// <param name="isTls13">Whether it has the form of TLS 1.3.</param>
    public TlsCertificates(ReadOnlySpan<byte> body, bool isTls13)
    {
        _isTls13 = isTls13;
        if (isTls13)
            _ = Vector.Take(ref body, 1, out _); // request context
        _rest = Vector.Take(ref body, LengthSize, out _said);
    }

    /// <summary>DER encoding of the certificate just read, as far as it is here.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    /// <summary>Its length as sent, in octets.</summary>
    public int CurrentLength { get; private set; }

    /// <summary>Its extensions as they lie; none before TLS 1.3.</summary>
    public ReadOnlySpan<byte> CurrentExtensions { get; private set; }

    /// <summary>
    /// How the walk ended: <see cref="OperationStatus.NeedMoreData"/> within a certificate,
    /// <see cref="OperationStatus.InvalidData"/> if lengths contradict each other.
    /// </summary>
    public OperationStatus Status { get; private set; }

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly TlsCertificates GetEnumerator() => this;

    /// <summary>Moves to the next certificate; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        if (_said <= 0 || Status is not OperationStatus.Done)
            return false;
        if (_rest.Length < LengthSize)
        {
            Status = _said < LengthSize ? OperationStatus.InvalidData : OperationStatus.NeedMoreData;
            return false;
        }

        Current = Take(LengthSize, out int length);
        CurrentLength = length;
        CurrentExtensions = _isTls13 && Status is OperationStatus.Done ? Take(2, out _) : default;
        return true;
    }

    private ReadOnlySpan<byte> Take(int lengthSize, out int length)
    {
        ReadOnlySpan<byte> taken = Vector.Take(ref _rest, lengthSize, out length);
        _said -= lengthSize + length;
        if (_said < 0)
            Status = OperationStatus.InvalidData;
        else if (taken.Length < length)
            Status = OperationStatus.NeedMoreData;
        return taken;
    }
}
