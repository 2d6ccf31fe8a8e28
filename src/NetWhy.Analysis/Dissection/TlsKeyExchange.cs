using NetWhy.Analysis.Fields;
using NetWhy.Wire.Tls;

namespace NetWhy.Analysis.Dissection;

/// <summary>What keys are made of before TLS 1.3. Sources: RFC 5246, RFC 8422, RFC 4279.</summary>
internal static class TlsKeyExchange
{
    private const int NamedCurve = 3;
    private const ushort Version12 = 0x0303;
    private const ushort Version30 = 0x0300;

    /// <summary>How keys are agreed on.</summary>
    private enum Method
    {
        Unknown,
        Rsa,
        DiffieHellman,
        EllipticDiffieHellman,
        SharedKey,
        RsaSharedKey,
    }

    /// <summary>Reads what a server sends.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadServer(ref Dissection dissection, TlsSession session, int at, int end)
    {
        switch (MethodOf(session.Suite, out bool isSigned))
        {
            case Method.DiffieHellman:
                dissection.Label("Diffie-Hellman Server Params");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.PrimeLength, TlsFields.Prime, ref at);
                AddLong(ref dissection, TlsFields.GeneratorLength, TlsFields.Generator, ref at);
                AddLong(ref dissection, TlsFields.ServerKeyLength, TlsFields.ServerKey, ref at);
                break;
            case Method.EllipticDiffieHellman:
                dissection.Label("EC Diffie-Hellman Server Params");
                dissection.Fields.Depth++;
                isSigned &= ReadPoint(ref dissection, ref at);
                break;
            case Method.Rsa:
                dissection.Label("RSA-EXPORT Server Params");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.ModulusLength, TlsFields.Modulus, ref at);
                AddLong(ref dissection, TlsFields.ExponentLength, TlsFields.Exponent, ref at);
                break;
            case Method.SharedKey or Method.RsaSharedKey when dissection.U16(at) + 2 == end - at:
                dissection.Label("PSK Server Params");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.HintLength, TlsFields.Hint, ref at);
                isSigned = false;
                break;
            default:
                return;
        }

        if (isSigned)
            _ = ReadSigned(ref dissection, at, end, session.ShownVersion, TlsFields.SignatureLength, TlsFields.Signature);
        dissection.Fields.Depth--;
    }

    /// <summary>Reads what a client sends.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="session">What is remembered of the session.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void ReadClient(ref Dissection dissection, TlsSession session, int at, int end)
    {
        switch (MethodOf(session.Suite, out _))
        {
            case Method.DiffieHellman:
                dissection.Label("Diffie-Hellman Client Params");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.ClientKeyLength, TlsFields.ClientKey, ref at);
                break;
            case Method.EllipticDiffieHellman:
                dissection.Label("EC Diffie-Hellman Client Params");
                dissection.Fields.Depth++;
                int length = (int)dissection.Number(TlsFields.ClientPointLength, at, 1);
                dissection.Part(TlsFields.ClientPoint, at + 1, length);
                break;
            case Method.Rsa when session.ShownVersion <= Version30: // without a length
                dissection.Label("RSA Encrypted PreMaster Secret");
                dissection.Fields.Depth++;
                dissection.Part(TlsFields.Secret, at, end - at);
                break;
            case Method.Rsa:
                dissection.Label("RSA Encrypted PreMaster Secret");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.SecretLength, TlsFields.Secret, ref at);
                break;
            case Method.SharedKey:
                dissection.Label("PSK Client Params");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.IdentityLength, TlsFields.Identity, ref at);
                break;
            case Method.RsaSharedKey:
                dissection.Label("RSA PSK Client Params");
                dissection.Fields.Depth++;
                AddLong(ref dissection, TlsFields.IdentityLength, TlsFields.Identity, ref at);
                AddLong(ref dissection, TlsFields.SecretLength, TlsFields.Secret, ref at);
                break;
            default:
                return;
        }

        dissection.Fields.Depth--;
    }

    /// <summary>Reads a signature; from TLS 1.2 on, how it was made stands before it. Source: RFC 5246, section 4.7.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="at">Where it begins.</param>
    /// <param name="end">Where what it lies in ends.</param>
    /// <param name="version">The version of TLS.</param>
    /// <param name="lengthField">The field of its length.</param>
    /// <param name="field">Its field.</param>
    /// <returns>Where it ends.</returns>
    internal static int ReadSigned(ref Dissection dissection, int at, int end, ushort version, Field lengthField, Field field)
    {
        if (version >= Version12)
        {
            TlsExtensions.ReadSignatureAlgorithm(ref dissection, at);
            at += 2;
        }

        if (!TlsVector.TryRead(ref dissection, lengthField, ref at, end, 0, ushort.MaxValue, out int length))
            return end;
        dissection.Part(field, at, length);
        return at + length;
    }

    // Only curves that have a name are read.
    private static bool ReadPoint(ref Dissection dissection, ref int at)
    {
        if (dissection.Number(TlsFields.CurveType, at++, 1) != NamedCurve)
            return false;
        dissection.Number(TlsFields.Curve, at, 2);
        at += 2;
        int length = (int)dissection.Number(TlsFields.ServerPointLength, at++, 1);
        dissection.Part(TlsFields.ServerPoint, at, length);
        at += length;
        return true;
    }

    private static void AddLong(ref Dissection dissection, Field lengthField, Field field, ref int at)
    {
        int length = (int)dissection.Number(lengthField, at, 2);
        dissection.Part(field, at + 2, length);
        at += 2 + length;
    }

    // The name of a suite says how keys are agreed on; without one, nobody knows.
    private static Method MethodOf(ushort suite, out bool isSigned)
    {
        isSigned = true;
        if (suite == 0 || TlsCipherSuite.Name(suite) is not { } name || name.IndexOf("_WITH_", StringComparison.Ordinal) is not (> 0 and int end) || !name.StartsWith("TLS_", StringComparison.Ordinal))
            return Method.Unknown;
        string method = name["TLS_".Length..end];
        isSigned = !method.Contains("_anon", StringComparison.Ordinal);
        return method switch
        {
            "DHE_PSK" or "ECDHE_PSK" => Method.Unknown,
            "PSK" => Method.SharedKey,
            "RSA_PSK" => Method.RsaSharedKey,
            _ when method.StartsWith("RSA", StringComparison.Ordinal) => Method.Rsa,
            _ when method.StartsWith("DH_", StringComparison.Ordinal) || method.StartsWith("DHE_", StringComparison.Ordinal) => Method.DiffieHellman,
            _ when method.StartsWith("ECDH", StringComparison.Ordinal) => Method.EllipticDiffieHellman,
            _ => Method.Unknown,
        };
    }
}
