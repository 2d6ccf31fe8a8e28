using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Which OpenSSL this machine has.</summary>
public static unsafe class OpenSslVersion
{
    /// <summary>Its version, such as <c>3.0.19</c>; null if there is none. Source: OpenSSL_version(3ssl).</summary>
    public static string? Text
    {
        get
        {
            const int Whole = 0; // OPENSSL_VERSION: "OpenSSL 3.0.19 27 Jan 2026"
            return OpenSsl.Unavailable is not null ? null : Marshal.PtrToStringUTF8((nint)LibCrypto.OpenSSL_version(Whole))?.Split(' ') is [_, var version, ..] ? version : null;
        }
    }
}
