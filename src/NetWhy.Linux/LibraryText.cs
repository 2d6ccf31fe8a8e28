using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Text that libcrypto prints.</summary>
internal static unsafe class LibraryText
{
    /// <summary>What the library prints, whose queue of errors is cleared before and after: it would print that as well.</summary>
    /// <param name="print">Prints into the BIO that it is given.</param>
    internal static byte[] Print(Action<nint> print)
    {
        LibCrypto.ERR_clear_error();
        byte[] octets = Collect(print);
        LibCrypto.ERR_clear_error();
        return octets;
    }

    /// <summary>What the library prints while it works at something else, whose errors stay in the queue.</summary>
    /// <param name="print">Prints into the BIO that it is given.</param>
    internal static byte[] PrintWithin(Action<nint> print) => Collect(print);

    /// <summary>The queue of errors of this thread, a line each, which is empty then.</summary>
    internal static string[] TakeErrors() =>
        Encoding.UTF8.GetString(Collect(LibCrypto.ERR_print_errors)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What the library says of an error.</summary>
    /// <param name="error">Its number.</param>
    internal static string ReasonOf(nuint error) => TlsSession.Text(LibCrypto.ERR_reason_error_string(error)) ?? "unknown reason";

    private static byte[] Collect(Action<nint> print)
    {
        const int Information = 3; // BIO_CTRL_INFO
        nint bio = LibCrypto.BIO_new(LibCrypto.BIO_s_mem());
        try
        {
            print(bio);
            byte* octets;
            nint length = LibCrypto.BIO_ctrl(bio, Information, 0, &octets);
            return length <= 0 ? [] : new ReadOnlySpan<byte>(octets, (int)length).ToArray();
        }
        finally
        {
            _ = LibCrypto.BIO_free(bio);
        }
    }
}
