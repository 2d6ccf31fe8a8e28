using System.Security.Cryptography;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>What <c>-writerand</c> leaves behind, for a later <c>-rand</c>.</summary>
internal static class OpenSslSeeds
{
    /// <summary>Writes 1024 octets that nobody else may read, over the first ones of a regular file. Source: RAND_write_file(3ssl).</summary>
    /// <param name="path">The file.</param>
    /// <param name="host">Is told why it cannot be.</param>
    /// <returns>Whether it was written.</returns>
    internal static bool Write(string path, IToolHost host)
    {
        const int Size = 1024;
        const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            if (Path.Exists(path) && !RegularFile.IsAt(path))
                throw new IOException(path); // a device would lose its mode, and a pipe wait
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = OwnerAlone;
            using var file = new FileStream(path, options);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file.SafeFileHandle, OwnerAlone); // of a file that was there already
            file.Write(RandomNumberGenerator.GetBytes(Size));
            return true;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            host.Note("Cannot write random bytes:");
            return false;
        }
    }
}
