using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What libcrypto prints of octets that are no certificate.</summary>
public static unsafe class LibraryPrinter
{
    /// <summary>An OCSP response as text. Source: OCSP_RESPONSE_print of openssl/ocsp.h.</summary>
    /// <param name="octets">The response, in DER.</param>
    /// <returns>Null if it is none.</returns>
    public static byte[]? OcspResponse(ReadOnlySpan<byte> octets)
    {
        fixed (byte* pointer = octets)
        {
            byte* position = pointer;
            nint response = LibCrypto.d2i_OCSP_RESPONSE(null, &position, octets.Length);
            LibCrypto.ERR_clear_error();
            if (response == 0)
                return null;
            byte[] text = LibraryText.Print(bio => _ = LibCrypto.OCSP_RESPONSE_print(bio, response, 0));
            LibCrypto.OCSP_RESPONSE_free(response);
            return text;
        }
    }

    /// <summary>Octets in hexadecimal, 16 a line. Source: BIO_dump(3ssl).</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="indent">Spaces before each line.</param>
    public static byte[] Dump(ReadOnlySpan<byte> octets, int indent)
    {
        byte[] copy = octets.ToArray();
        return LibraryText.Print(bio =>
        {
            fixed (byte* pointer = copy)
                _ = LibCrypto.BIO_dump_indent(bio, pointer, copy.Length, indent);
        });
    }

    /// <summary>Errors as the library prints its own, a line each. Source: ERR_print_errors(3ssl).</summary>
    /// <param name="errors">The errors, oldest first.</param>
    public static IReadOnlyList<string> Errors(params ReadOnlySpan<LibraryError> errors)
    {
        var lines = new List<string>();
        LibCrypto.ERR_clear_error();
        foreach (LibraryError error in errors)
        {
            LibCrypto.ERR_new();
            fixed (byte* file = Encoding.UTF8.GetBytes(error.File + '\0'), function = Encoding.UTF8.GetBytes(error.Function + '\0'))
            fixed (byte* text = error.Text is null ? null : Encoding.UTF8.GetBytes(error.Text.Replace("%", "%%", StringComparison.Ordinal) + '\0'))
            {
                LibCrypto.ERR_set_debug(file, error.Line, function);
                LibCrypto.ERR_set_error(error.Library, error.Reason, text);
                lines.AddRange(LibraryText.TakeErrors()); // while the names are there that the library may point at
            }
        }

        return lines;
    }
}

/// <summary>An error in the numbers of OpenSSL. Source: ERR_set_error(3ssl).</summary>
/// <param name="Library">Number of the library; 2 for an errno.</param>
/// <param name="Reason">Number of the reason, or the errno.</param>
/// <param name="File">The file in which OpenSSL meets it.</param>
/// <param name="Line">The line there.</param>
/// <param name="Function">The function there.</param>
/// <param name="Text">What is said besides; null for nothing.</param>
public sealed record LibraryError(int Library, int Reason, string File, int Line, string Function, string? Text);
