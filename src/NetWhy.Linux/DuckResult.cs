using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Rows of text that DuckDB answers with.</summary>
public sealed unsafe class DuckResult : IDisposable
{
    private LibDuckDb.Result _result;
    private bool _isDisposed;

    internal DuckResult(LibDuckDb.Result result)
    {
        _result = result;
        fixed (LibDuckDb.Result* place = &_result)
        {
            string[] names = new string[(int)LibDuckDb.duckdb_column_count(place)];
            for (int index = 0; index < names.Length; index++)
                names[index] = DuckDatabase.TextOf(LibDuckDb.duckdb_column_name(place, (ulong)index)) ?? "";
            Columns = names;
        }
    }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>Reads the next rows.</summary>
    /// <returns>The rows, each with a cell for each column, null for NULL; null at the end.</returns>
    public IReadOnlyList<string?[]>? Read()
    {
        nint chunk = LibDuckDb.duckdb_fetch_chunk(_result);
        if (chunk == 0)
            return null;
        string?[][] rows = new string?[(int)LibDuckDb.duckdb_data_chunk_get_size(chunk)][];
        for (int row = 0; row < rows.Length; row++)
            rows[row] = new string?[Columns.Count];
        for (int column = 0; column < Columns.Count; column++)
        {
            nint vector = LibDuckDb.duckdb_data_chunk_get_vector(chunk, (ulong)column);
            ulong* validity = LibDuckDb.duckdb_vector_get_validity(vector);
            byte* data = (byte*)LibDuckDb.duckdb_vector_get_data(vector);
            for (int row = 0; row < rows.Length; row++)
            {
                if (validity is null || (validity[row / 64] & (1ul << (row % 64))) != 0)
                    rows[row][column] = TextAt(data + (row * 16));
            }
        }

        LibDuckDb.duckdb_destroy_data_chunk(&chunk);
        return rows.Length == 0 ? null : rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        fixed (LibDuckDb.Result* place = &_result)
            LibDuckDb.duckdb_destroy_result(place);
    }

    // duckdb_string_t: a length of four octets, then twelve of text, or four and a pointer to all of it.
    private static string TextAt(byte* place)
    {
        const int Inlined = 12;
        int length = *(int*)place;
        return Encoding.UTF8.GetString(length <= Inlined ? place + 4 : *(byte**)(place + 8), length);
    }
}
