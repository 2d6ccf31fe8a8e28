using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace NetWhy.Wire.Tls;

/// <summary>Walks the blocks of a text in PEM, forward only; what stands between them is passed over.</summary>
/// <remarks>
/// Source: RFC 7468; lines of headers, as old files have, are passed over too (RFC 1421, section 4.4). Of what OpenSSL's PEM_read_bio(3ssl) does
/// not take, two are not taken: empty lines within a block but for one behind its beginning, and a beginning with more behind it in its line.
/// It is stricter still: see docs/openssl.md.
/// </remarks>
/// <param name="text">The text.</param>
public ref struct PemReader(ReadOnlySpan<byte> text)
{
    private const int LongestLabel = 64;

    private ReadOnlySpan<byte> _rest = text.StartsWith("\uFEFF"u8) ? text["\uFEFF"u8.Length..] : text;

    /// <summary>What the block just read holds, such as <c>CERTIFICATE</c>.</summary>
    public string Label { get; private set; } = "";

    /// <summary>The octets of the block just read; empty where they cannot be decoded.</summary>
    public byte[] Octets { get; private set; } = [];

    /// <summary>Whether the block just read holds a certificate, with trust settings behind it or not.</summary>
    public readonly bool IsCertificate => Label is "CERTIFICATE" or "X509 CERTIFICATE" or "TRUSTED CERTIFICATE";

    /// <summary>Whether trust settings may follow the certificate in the block just read.</summary>
    public readonly bool HasTrust => Label is "TRUSTED CERTIFICATE";

    /// <summary>Moves to the next block.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/> if there is one, <see cref="OperationStatus.NeedMoreData"/> after the last,
    /// <see cref="OperationStatus.InvalidData"/> if the next one cannot be decoded: there may be more behind it.
    /// </returns>
    public OperationStatus Read()
    {
        (Label, Octets) = ("", []);
        while (TakeBegin())
        {
            int end = _rest.IndexOf("-----END "u8);
            if (end < 0)
                break;
            ReadOnlySpan<byte> body = WithoutHeaders(_rest[..end]);
            _rest = _rest[(end + "-----END "u8.Length)..];
            if (HasEmptyLine(body))
                return OperationStatus.InvalidData;
            byte[] octets = new byte[Base64.GetMaxDecodedFromUtf8Length(body.Length)];
            if (Base64.DecodeFromUtf8(body, octets, out _, out int length) is not OperationStatus.Done || length == 0)
                return OperationStatus.InvalidData;
            Octets = octets[..length];
            return OperationStatus.Done;
        }

        _rest = [];
        return OperationStatus.NeedMoreData;
    }

    // Goes behind the line that begins a block.
    private bool TakeBegin()
    {
        ReadOnlySpan<byte> begin = "-----BEGIN "u8;
        bool isLineStart = true;
        for (int at = _rest.IndexOf(begin); at >= 0; at = _rest.IndexOf(begin))
        {
            isLineStart = at > 0 ? _rest[at - 1] is (byte)'\n' or (byte)'\r' : isLineStart;
            _rest = _rest[(at + begin.Length)..];
            int end = _rest[..Math.Min(_rest.Length, LongestLabel)].IndexOf("-----"u8);
            int behind = end + "-----"u8.Length;
            if (isLineStart && end >= 0 && LineOf(_rest[behind..]).Trim(" \t\r"u8).IsEmpty)
            {
                Label = Encoding.Latin1.GetString(_rest[..end]);
                _rest = _rest[(behind + LineOf(_rest[behind..]).Length)..];
                return true;
            }

            isLineStart = false;
        }

        return false;
    }

    private static ReadOnlySpan<byte> LineOf(ReadOnlySpan<byte> octets) => octets.IndexOf((byte)'\n') is >= 0 and var end ? octets[..end] : octets;

    // The first line is what ends that of the beginning, or the headers; one empty line may follow it.
    private static bool HasEmptyLine(ReadOnlySpan<byte> body)
    {
        int place = 0;
        foreach (Range line in body.Split((byte)'\n'))
        {
            bool isLast = line.End.Value == body.Length;
            if (place > 1 && !isLast && body[line].Trim(" \t\r"u8).IsEmpty)
                return true;
            place++;
        }

        return false;
    }

    private static ReadOnlySpan<byte> WithoutHeaders(ReadOnlySpan<byte> body)
    {
        int colon = body.LastIndexOf((byte)':');
        if (colon < 0)
            return body;
        int end = body[colon..].IndexOf((byte)'\n');
        return end < 0 ? [] : body[(colon + end)..];
    }
}
