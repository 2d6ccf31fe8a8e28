using System.Collections.Immutable;
using NetWhy.Exchanges;
using NetWhy.Linux;

namespace NetWhy.Tools.Curl;

/// <summary>What is said of TLS.</summary>
internal static class CurlTls
{
    /// <summary>How curl calls the library.</summary>
    internal const string Library = "OpenSSL";

    internal static string ErrorOf(TlsSession session) => session.Reason ?? "unknown reason";
}

internal sealed partial class CurlTransfer
{
    private void ShakeHands()
    {
        throw new CurlFailure(CurlFailure.NotBuiltIn);
    }
}
